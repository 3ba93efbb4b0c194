"""AEMO, the operator of Australia's National Electricity Market: the wholesale price of its five regions. Public, without a key."""

from app.domain.brands import Market
from app.feeds.market.aemo.dashboard import SUMMARY_URL
from app.feeds.market.aemo.feed import AemoFeed, open_aemo
from app.feeds.market.aemo.file_server import NEMWEB_URL
from app.feeds.market.aemo.nem import REGIONS, VENDOR

__all__ = ["MARKET", "AemoFeed"]

MARKET = Market(
    key="aemo",
    title="AEMO",
    vendor=VENDOR,
    regions=REGIONS,
    open=open_aemo,
    base_urls=(SUMMARY_URL, NEMWEB_URL),
)
