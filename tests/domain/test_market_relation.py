"""How a retailer's price follows the market is learnt exactly where it does, and not at all where it does not."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from app.domain.codec import from_json, to_json
from app.domain.market_relation import Relation, learn
from app.domain.prices import PriceInterval, Quality

SYDNEY = ZoneInfo("Australia/Sydney")
START = datetime(2026, 11, 12, 13, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def network_c(start: datetime) -> float:
    return 22.0 if 15 <= start.astimezone(SYDNEY).hour < 21 else 7.0


def settled(days: int = 7, factor: float = 1.16, spread_c: float = 6.0, quality: Quality = Quality.SETTLED) -> list[PriceInterval]:
    dice = Random(5)
    found = []
    for number in range(48 * days):
        start, spot_c = START + number * HALF_HOUR, 9 + spread_c * dice.random()
        found.append(
            PriceInterval(start, start + HALF_HOUR, factor * spot_c + network_c(start), spot_c - 0.4, quality, "", spot_c_per_kwh=spot_c)
        )
    return found


def a_forecast(start: datetime, spot_c: float = 12.0) -> PriceInterval:
    return PriceInterval(start, start + HALF_HOUR, spot_c, spot_c, Quality.FORECAST, "aemo", spot_c_per_kwh=spot_c)


@pytest.mark.parametrize("hours", [0, 5, 9, 17, 20])
def test_an_estimate_is_the_market_price_with_tax_losses_and_the_network_of_its_hour(hours: int) -> None:
    relation = learn(settled(), SYDNEY)
    assert relation is not None
    start = START + timedelta(days=8, hours=hours)
    estimate = relation.estimate(a_forecast(start), SYDNEY)
    assert estimate is not None
    assert estimate.import_c_per_kwh == pytest.approx(1.16 * 12 + network_c(start))
    assert estimate.feed_in_c_per_kwh == pytest.approx(11.6)
    assert (estimate.quality, estimate.source) == (Quality.ESTIMATE, "aemo")


@pytest.mark.parametrize(
    "history",
    [[], settled(days=2), settled(spread_c=0.1), settled(factor=2.5), settled(quality=Quality.FORECAST)],
    ids=["nothing", "two days", "a market that stands still", "a price that moves otherwise", "forecasts alone"],
)
def test_nothing_is_learnt_from_too_little(history: list[PriceInterval]) -> None:
    assert learn(history, SYDNEY) is None


def test_a_half_hour_that_was_never_seen_gets_no_estimate() -> None:
    relation = learn([each for each in settled() if each.start.astimezone(SYDNEY).hour != 3], SYDNEY)
    assert relation is not None
    three = datetime(2026, 11, 22, 3, tzinfo=SYDNEY).astimezone(UTC)
    assert relation.estimate(a_forecast(three), SYDNEY) is None
    assert relation.estimate(a_forecast(three + timedelta(hours=1)), SYDNEY) is not None


def test_what_was_learnt_can_be_kept() -> None:
    relation = learn(settled(), SYDNEY)
    assert relation is not None
    assert from_json(Relation, to_json(relation)) == relation
