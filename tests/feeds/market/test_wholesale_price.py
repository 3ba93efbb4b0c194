"""The retailer: a sum on the wholesale price, and nothing where there is none."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain.prices import PriceBook, PriceInterval, Quality, Spike
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start, mean_price
from app.feeds.capabilities import DerivesFromMarket, FetchesAhead, MarketView, PriceAnswer, Retailer
from app.feeds.market.aemo import MARKET
from app.feeds.market.aemo.nem import FIVE_MINUTES, c_per_kwh_from_aud_per_mwh
from app.feeds.registry import retailer_brands
from app.feeds.retailers.aemo import BRAND, AemoFields, WholesalePrice
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.feeds.market.samples import NOW, at


def spot(start: datetime, c: float | None, minutes: int = 5, quality: Quality = Quality.SETTLED) -> PriceInterval:
    return PriceInterval(start, start + timedelta(minutes=minutes), c, c, quality, "aemo", spot_c_per_kwh=c)


def view(*intervals: PriceInterval, known_until: datetime | None = None) -> MarketView:
    return MarketView(intervals, NOW, known_until or intervals[-1].end, lambda back: None)


def feed(**settings: Any) -> WholesalePrice:
    fields = AemoFields(region="NSW1", **settings)
    opened: WholesalePrice = BRAND.open(fields, Context(SimulatedPace(NOW)))
    return opened


def priced(c: float | None, **settings: Any) -> tuple[float | None, float | None]:
    [found] = feed(**settings).derive(view(spot(at("17:55"), c)), NOW).intervals
    return found.import_c_per_kwh, found.feed_in_c_per_kwh


def test_the_retailer_declares_itself() -> None:
    assert retailer_brands()["aemo"] is BRAND
    assert BRAND.title == "Wholesale price (AEMO)"
    opened = feed()
    assert isinstance(opened, Retailer)
    assert isinstance(opened, DerivesFromMarket)
    assert not isinstance(opened, FetchesAhead)
    assert opened.market == "aemo:NSW1"


def test_the_shortest_site_file_is_enough() -> None:
    assert BRAND.fields.model_validate({"region": "NSW1"}) == AemoFields(region="NSW1")


@pytest.mark.parametrize("region", sorted(MARKET.regions))
def test_every_region_of_the_market_can_be_chosen(region: str) -> None:
    fields = AemoFields.model_validate({"region": region})
    assert WholesalePrice(fields).market == f"{MARKET.key}:{region}"


def test_by_default_both_sides_are_the_wholesale_price() -> None:
    assert priced(11.842) == (11.842, 11.842)
    assert priced(-100.0) == (-100.0, -100.0)


@pytest.mark.parametrize(
    ("settings", "wholesale_c", "import_c", "feed_in_c"),
    [
        ({"add_c": 12.5}, 10.0, 22.5, 10.0),
        ({"gst": True}, 10.0, 11.0, 10.0),
        ({"gst": True, "add_c": 12.5}, -10.0, 1.5, -10.0),
        ({"feed_in_factor": 0.9}, 10.0, 10.0, 9.0),
        ({"feed_in_factor": 0.0}, -10.0, -10.0, 0.0),
        ({"feed_in": "flat", "feed_in_c": 5.0}, 10.0, 10.0, 5.0),
        ({"feed_in": "flat", "feed_in_c": 0}, -10.0, -10.0, 0.0),
        ({"feed_in": "flat", "feed_in_c": 5.0, "feed_in_factor": 0.5}, 10.0, 10.0, 5.0),
    ],
)
def test_charges_tax_and_feed_in_are_the_owners(settings: dict[str, Any], wholesale_c: float, import_c: float, feed_in_c: float) -> None:
    assert priced(wholesale_c, **settings) == pytest.approx((import_c, feed_in_c))


@given(st.floats(-100, 2_320), st.floats(-100, 200), st.booleans(), st.floats(0, 2))
def test_the_wholesale_part_stays_what_it_is(wholesale_c: float, add_c: float, gst: bool, factor: float) -> None:
    given_ = spot(at("17:55"), wholesale_c)
    [found] = feed(add_c=add_c, gst=gst, feed_in_factor=factor).derive(view(given_), NOW).intervals
    assert found.spot_c_per_kwh == wholesale_c
    assert found.import_c_per_kwh == pytest.approx(wholesale_c * (1.1 if gst else 1) + add_c)
    assert (found.start, found.end, found.quality, found.spike) == (given_.start, given_.end, given_.quality, Spike.NONE)


@pytest.mark.parametrize("settings", [{}, {"add_c": 12.0, "gst": True, "feed_in_factor": 0.5}])
def test_what_the_market_does_not_know_stays_unknown(settings: dict[str, Any]) -> None:
    assert priced(None, **settings) == (None, None)


def test_a_gap_stays_a_gap_and_the_horizon_is_the_markets() -> None:
    answer = feed().derive(view(spot(at("17:55"), 10.0), spot(at("19:00"), 20.0, 30, Quality.FORECAST), known_until=at("20:00")), NOW)
    assert [(each.start, each.end) for each in answer.intervals] == [(at("17:55"), at("18:00")), (at("19:00"), at("19:30"))]
    assert [each.quality for each in answer.intervals] == [Quality.SETTLED, Quality.FORECAST]
    assert (answer.known_until, answer.as_of, answer.channels) == (at("20:00"), NOW, {"import", "feed_in"})


def test_where_nothing_is_known_there_is_no_price() -> None:
    answer = feed().derive(MarketView((), NOW, None, lambda back: None), NOW)
    assert answer == PriceAnswer((), NOW, None, frozenset({"import", "feed_in"}))


RRP = {"20:05": 62.1, "20:10": 64.8, "20:15": 61.0, "20:20": 70.2, "20:25": 15000.0, "20:30": 80.4}


@pytest.mark.parametrize("zone", ["Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane"])
def test_six_prices_make_one_half_hour(zone: str) -> None:
    prices = [spot(at(label) - FIVE_MINUTES, c_per_kwh_from_aud_per_mwh(rrp)) for label, rrp in RRP.items()]
    others = [spot(at("19:55"), 1.0), *prices, spot(at("20:30"), 2.0)]
    answer = feed().derive(view(*others), NOW)
    start = half_hour_start(at("20:00"))
    mean = mean_price(PriceBook(answer.intervals, NOW, None).between(start, start + HALF_HOUR), start, start + HALF_HOUR)
    assert mean is not None
    assert mean.import_c == pytest.approx(255.64167, abs=1e-4)
    assert mean.feed_in_c == pytest.approx(255.64167, abs=1e-4)
    assert mean.import_c * 10 == pytest.approx(2556.4167, abs=1e-3)
    assert f"{start.astimezone(ZoneInfo('Australia/Brisbane')):%H:%M}" == "20:00"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "region"),
        ({"region": "WA1"}, "NSW1"),
        ({"region": "NSW1", "feed_in": "flat"}, "feed_in_c is needed"),
        ({"region": "NSW1", "feed_in": "half"}, "feed_in"),
        ({"region": "NSW1", "add_c": 250}, "add_c"),
        ({"region": "NSW1", "feed_in_factor": -1}, "feed_in_factor"),
        ({"region": "NSW1", "token": "x"}, "token"),
        ({"region": "NSW1", "add_c": float("nan")}, "add_c"),
    ],
)
def test_settings_that_make_no_price_are_refused_by_name(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AemoFields.model_validate(settings)
