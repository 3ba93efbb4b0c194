"""The retailer around its sources: the market's view, and another retailer that quotes the wholesale price."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from app.domain.brands import Brand
from app.domain.prices import PriceBook, Quality, without_overlap
from app.feeds.capabilities import DerivesFromMarket, FeedState, FetchesAhead, FetchesPresent
from app.feeds.registry import retailer_brands
from app.feeds.retailers.flow_power import BRAND, sources
from app.feeds.retailers.flow_power.feed import FlowPowerOnSource, open_flow_power
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import CredentialsRefused
from tests.feeds.contract.benches import CountingBudget
from tests.feeds.flow_power.views import NOW, SYDNEY, a_feed, a_view, wholesale


def test_the_brand_is_a_retailer_of_the_registry() -> None:
    assert retailer_brands()["flow_power"] is BRAND
    assert [url.env for url in BRAND.base_urls] == ["FLOW_POWER_API_URL"]


@pytest.mark.parametrize("region", ["NSW1", "QLD1", "SA1", "TAS1", "VIC1"])
def test_the_market_of_its_region_is_followed_without_a_call(region: str) -> None:
    feed = a_feed(region=region)
    assert isinstance(feed, DerivesFromMarket)
    assert not isinstance(feed, FetchesAhead)
    assert feed.market == f"aemo:{region}"
    assert feed.is_published_ahead is False


def test_what_is_known_of_the_market_is_what_is_known_here() -> None:
    seen = NOW - timedelta(seconds=40)
    view = a_view(wholesale(NOW.replace(minute=0, second=0), 8.0, 30, Quality.FORECAST))
    answer = a_feed(daily_charge_c=110).derive(replace(view, as_of=seen), NOW)
    assert (answer.as_of, answer.known_until) == (seen, view.known_until)
    assert answer.channels == {"import", "feed_in"}
    assert answer.charges is not None
    assert (answer.charges.daily_c, answer.charges.monthly_c) == (110, None)
    assert a_feed().derive(replace(view, intervals=(), known_until=None), NOW).intervals == ()


def test_the_markets_price_counts_also_where_it_names_no_wholesale_part() -> None:
    bare = replace(wholesale(NOW.replace(minute=0, second=0), 8.0), spot_c_per_kwh=None)
    assert a_feed().derive(a_view(bare), NOW).intervals[0].import_c_per_kwh == pytest.approx(32.3)


# A retailer that quotes the wholesale price


@pytest.fixture
def quoting(monkeypatch: pytest.MonkeyPatch) -> Brand:
    """A brand of the registry that declares that it quotes the wholesale price."""
    brand = retailer_brands()["amber"]
    brand = replace(brand, capabilities=brand.capabilities | {sources.QUOTES_SPOT})
    monkeypatch.setitem(retailer_brands(), "amber", brand)
    return brand


@pytest.fixture
def world() -> Iterator[World]:
    with World(SimulatedPace(NOW)) as running:
        yield running


def on_source(world: World, budget: CountingBudget | None = None, **entered: str) -> FlowPowerOnSource:
    given = {"source_token": world.amber.account.token, "source_site_id": world.amber.account.site_id, **entered}
    fields = FlowPowerFields.model_validate({"region": "NSW1", "source": "amber", **given})
    assert isinstance(world.clock, SimulatedPace)
    context = Context(world.clock, world.environment(), budget or CountingBudget(), zone=SYDNEY)
    feed = open_flow_power(fields, context)
    assert isinstance(feed, FlowPowerOnSource)
    return feed


def test_another_retailers_wholesale_price_is_taken_through_its_own_feed(quoting: Brand, world: World) -> None:
    budget = CountingBudget()
    feed = on_source(world, budget)
    answer = feed.fetch_ahead(NOW)
    assert budget.calls == len(world.amber.requests) > 0
    book = PriceBook(without_overlap(answer.intervals), answer.as_of, answer.known_until)
    assert answer.known_until is not None
    assert answer.known_until > NOW + timedelta(hours=12)
    running = book.at(NOW)
    assert running is not None
    assert running.source == "flow_power"
    for interval in book.between(NOW, answer.known_until):
        assert interval.spot_c_per_kwh is not None
        assert interval.import_c_per_kwh == pytest.approx(34 + interval.spot_c_per_kwh - 9.7)
    settled = book.at(NOW - timedelta(minutes=30))
    assert settled is not None
    assert settled.spot_c_per_kwh == pytest.approx(world.market.settled_c(int(settled.start.timestamp()) // 300) / 1.1, abs=1e-3)


def test_its_present_and_its_cadence_are_that_retailers(quoting: Brand, world: World) -> None:
    feed = on_source(world)
    assert isinstance(feed, FetchesPresent)
    feed.fetch_ahead(NOW)
    asked = len(world.amber.requests)
    answer = feed.fetch_present(NOW)
    assert len(world.amber.requests) == asked + 1
    assert answer.known_until is None
    period = datetime(2026, 11, 20, 3, tzinfo=UTC)
    state = FeedState(as_of=period + timedelta(seconds=1), ahead_at=period)
    assert [feed.is_due(state, period + timedelta(seconds=into_s)) for into_s in (20, 36)] == [False, True]


def test_a_refused_token_is_that_retailers_error(quoting: Brand, world: World) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        on_source(world, source_token="psk_wrongwrongwrong").fetch_ahead(NOW)
    assert caught.value.vendor == quoting.vendor
    assert "wrongwrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "for prices of Amber Electric: source_token: this is needed"),
        ({"source_token": "psk_1", "source_site_id": "not a site"}, "for prices of Amber Electric: source_site_id: "),
    ],
)
def test_what_the_other_retailer_needs_is_asked_for_by_its_field_here(quoting: Brand, given: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        FlowPowerFields.model_validate({"region": "NSW1", "source": "amber", **given})
    assert "psk_1" not in str(caught.value.errors(include_input=False, include_url=False))


def test_a_retailer_that_quotes_no_wholesale_price_is_no_source() -> None:
    with pytest.raises(ValidationError, match="prices cannot come from there"):
        FlowPowerFields.model_validate({"region": "NSW1", "source": "flow_power"})
