"""What a kWh cost and earned in each interval: from a plan of fixed prices, or from the prices that are stored of the home's retailer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.control.connections import brands_of, load
from app.control.observe import feed_row, overrides_since
from app.control.price_rows import stored_intervals
from app.domain.codec import from_json
from app.domain.day_costs import PriceOf
from app.domain.overrides import overridden
from app.domain.pace import Pace
from app.domain.prices import PriceBook, Quality, without_overlap
from app.domain.tariffs.half_hourly import HALF_HOUR, mean_price, slot_index
from app.domain.tariffs.time_of_use import TimeOfUse
from app.feeds.capabilities import FetchesAhead
from app.models.connection import Connection
from app.models.price import PriceFeed
from app.models.site import Site
from app.services.backtesting.meter import NotBacktestable
from app.services.site_file import LARGEST, in_words
from app.transports.context import Context

BILLED = (Quality.SETTLED, Quality.CURRENT)
AT_ONCE = timedelta(days=31)  # so many stored prices are held in memory together


@dataclass(frozen=True)
class Prices:
    """By the start of an interval; what is not known is not in it. `is_published`: the prices ahead were known at any time."""

    by_start: Mapping[datetime, PriceOf]
    is_published: bool
    words: str  # where they are from


def prices_of_plan(plan: TimeOfUse, starts: Sequence[datetime], zone: ZoneInfo, words: str) -> Prices:
    """Those of a plan, on the clock of the home."""
    found = {}
    for start in starts:
        local = start.astimezone(zone)
        period = plan.period_at(local.date(), slot_index(local))
        if period is not None:
            found[start] = PriceOf(period.import_c_per_kwh, period.feed_in_c_per_kwh)
    return Prices(found, is_published=True, words=words)


def prices_of_site(session: Session, site: Site, starts: Sequence[datetime], minutes: int) -> Prices:
    """Those of the home's retailer: its plan as it is now where it has fixed prices, else what was billed. Raises NotBacktestable."""
    retailer = load(session, site.id, "retailer")
    feed = feed_row(session, retailer) if retailer is not None else None
    if retailer is None or feed is None:
        raise NotBacktestable("no retailer has given prices for this home yet; link one, or give a file with a retailer's plan")
    title = brands_of("retailer")[retailer.brand].title
    if feed.plan:
        plan = from_json(TimeOfUse, feed.plan)
        return prices_of_plan(plan, starts, ZoneInfo(site.timezone), f"your plan with {title} as it is today, for all days")
    found: dict[datetime, PriceOf] = {}
    first = 0
    while first < len(starts):
        until = starts[first] + AT_ONCE
        after = next((number for number in range(first, len(starts)) if starts[number] >= until), len(starts))
        found.update(_billed(session, site, retailer, feed, starts[first:after], timedelta(minutes=minutes)))
        first = after
    return Prices(found, feed.is_published_ahead, f"what {title} billed, as stored")


def _billed(
    session: Session, site: Site, retailer: Connection, feed: PriceFeed, starts: Sequence[datetime], length: timedelta
) -> dict[datetime, PriceOf]:
    """Only where each minute is settled, as for a bill."""
    end = starts[-1] + length
    stored = stored_intervals(session, feed, retailer.brand, starts[0] - HALF_HOUR, end)
    known = without_overlap(each for each in stored if each.quality in BILLED)
    book = PriceBook(overridden(known, overrides_since(session, site.id, starts[0])), as_of=end, known_until=None)
    means = ((start, mean_price(book.between(start, start + length), start, start + length)) for start in starts)
    return {start: PriceOf(mean.import_c, mean.feed_in_c) for start, mean in means if mean is not None}


def plan_of_file(text: str, zone: ZoneInfo, now: datetime, pace: Pace) -> tuple[TimeOfUse, str]:
    """The plan of a retailer as a site file has it (its `retailer` part, or the whole file; JSON or YAML), and its retailer's title.

    Raises NotBacktestable for a retailer without fixed prices, and for what is not understood."""
    given = _retailer_part(text)
    able = {key: brand for key, brand in brands_of("retailer").items() if "plan" in brand.capabilities}
    name = given.get("brand")
    brand = able.get(name) if isinstance(name, str) else None
    if brand is None:
        raise NotBacktestable(f"brand: a retailer of fixed prices is needed; allowed: {', '.join(able)}")
    try:
        fields = brand.fields.model_validate({key: value for key, value in given.items() if key != "brand"})  # type: ignore[attr-defined]
    except ValidationError as error:
        raise NotBacktestable("; ".join(in_words(error, brand.fields))) from None
    feed = brand.open(fields, Context(pace, zone=zone))
    plan = feed.fetch_ahead(now).plan if isinstance(feed, FetchesAhead) else None  # a plan asks nobody
    if plan is None:
        raise NotBacktestable(f"{brand.title} has no plan of fixed prices")
    return plan, brand.title


def _retailer_part(text: str) -> Mapping[str, Any]:
    if len(text) > LARGEST:
        raise NotBacktestable("the retailer's file is larger than 1 MB")
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        raise NotBacktestable("the retailer's file is not readable as JSON or YAML") from None
    part = data.get("retailer", data) if isinstance(data, dict) else None
    if not isinstance(part, dict):
        raise NotBacktestable('the retailer\'s file must be an object such as {"brand": "custom_tou", …}')
    return part
