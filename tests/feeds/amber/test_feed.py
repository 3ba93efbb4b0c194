"""The feed at the simulated service: what it asks, how often, and what it makes of trouble in half of it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from app.domain.prices import Quality
from app.feeds.capabilities import FeedState, FetchesAhead, FetchesPresent, PriceAnswer, StreamsPrices
from app.feeds.retailers.amber import AmberFeed, AmberFields
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RateLimited, RequestRefused
from tests.feeds.amber.payloads import NOW
from tests.feeds.contract.benches import CountingBudget


class Home:
    """A simulated account, and a feed for one of its sites."""

    def __init__(self, site: int = 1, **world: Any) -> None:
        self.clock = SimulatedPace(NOW)
        self.world = World(self.clock, **world)
        self.budget = CountingBudget()
        self.account = self.world.amber.account
        self.fields = AmberFields(token=self.account.token, site_id=self.account.sites[site].id)
        self.feed = AmberFeed(self.fields, Context(self.clock, self.world.environment(), self.budget))

    def __enter__(self) -> "Home":
        self.world.start()
        self.feed = AmberFeed(self.fields, Context(self.clock, self.world.environment(), self.budget))
        return self

    def __exit__(self, *_: object) -> None:
        self.world.stop()

    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """The requests since the last look: the end of the path, and the query."""
        found = [(request.path.rpartition("/")[2], request.query) for request in self.world.amber.requests]
        self.world.amber.requests.clear()
        return found


def at_the_boundary(home: Home) -> datetime:
    boundary = NOW.replace(minute=0, second=0) + timedelta(hours=1)
    home.clock.advance_to(boundary)
    return boundary


@pytest.fixture
def home() -> Iterator[Home]:
    with Home() as running:
        yield running


def test_the_feed_has_the_three_capabilities(home: Home) -> None:
    assert isinstance(home.feed, FetchesAhead)
    assert isinstance(home.feed, FetchesPresent)
    assert isinstance(home.feed, StreamsPrices)


def test_the_first_fetch_brings_a_day_of_the_past_and_later_ones_what_is_new(home: Home) -> None:
    home.feed.fetch_ahead(NOW)
    assert home.asked() == [
        ("sites", {}),
        ("current", {"next": "96", "resolution": "30"}),
        ("current", {"next": "12", "previous": "288", "resolution": "5"}),
    ]
    home.clock.advance(300)
    home.feed.fetch_ahead(NOW + timedelta(minutes=5))
    assert home.asked()[1] == ("current", {"next": "12", "previous": "12", "resolution": "5"})
    home.clock.advance(7200)
    home.feed.fetch_ahead(NOW + timedelta(minutes=125))
    assert home.asked()[1] == ("current", {"next": "12", "previous": "24", "resolution": "5"})


def test_the_present_takes_one_call(home: Home) -> None:
    boundary = at_the_boundary(home)
    home.feed.fetch_ahead(boundary)
    home.asked()
    answer = home.feed.fetch_present(boundary)
    assert home.asked() == [("current", {"previous": "2", "resolution": "5"})]
    assert [interval.quality for interval in answer.intervals] == [Quality.SETTLED, Quality.SETTLED, Quality.CURRENT]


def test_an_estimate_settles(home: Home) -> None:
    boundary = at_the_boundary(home)
    before = home.feed.fetch_present(boundary).intervals[-1]
    home.clock.advance(40)
    after = home.feed.fetch_present(boundary + timedelta(seconds=40)).intervals[-1]
    assert (before.quality, after.quality) == (Quality.CURRENT, Quality.SETTLED)
    assert before.start == after.start


def test_a_day_of_polling_keeps_five_calls_of_the_quota() -> None:
    with Home() as home:
        least = 50
        now = NOW.replace(minute=0, second=0)
        home.clock.advance((now + timedelta(hours=1) - NOW).total_seconds())
        now += timedelta(hours=1)
        for _ in range(24):
            home.feed.fetch_ahead(now)
            for second in (35, 60):
                home.clock.advance_to(now + timedelta(seconds=second))
                home.feed.fetch_present(now + timedelta(seconds=second))
            least = min(least, home.account.quota.limit - home.account.quota._used)  # type: ignore[operator]
            now += timedelta(minutes=5)
            home.clock.advance_to(now)
    assert least >= 40
    assert home.budget.away_s == []


def test_the_last_five_calls_of_the_account_are_left_to_others() -> None:
    with Home(amber_quota=7) as home:
        home.feed.fetch_present(NOW)
        assert home.budget.away_s == [300.0]
        home.feed.fetch_present(NOW)
        assert len(home.budget.away_s) == 2


def test_a_used_up_quota_says_when_it_is_over() -> None:
    with Home(amber_quota=2) as home:
        home.feed.fetch_present(NOW)
        home.clock.advance(100)
        with pytest.raises(RateLimited) as caught:
            home.feed.fetch_present(NOW)
    assert caught.value.retry_after_s == 200


def test_one_refusal_of_a_busy_gateway_is_answered_by_asking_again(home: Home) -> None:
    home.world.faults.add(effects.Status(429), server="amber", count=1)
    assert home.feed.fetch_ahead(NOW).known_until is not None
    assert home.budget.away_s == []
    home.world.faults.add(effects.Status(429), server="amber", count=2)
    with pytest.raises(RateLimited):
        home.feed.fetch_present(NOW)
    assert home.budget.away_s == [1.0]


def test_a_half_hour_site_is_asked_in_half_hours_and_is_paid_nothing_without_a_meter() -> None:
    with Home(site=2) as home:
        answer = home.feed.fetch_ahead(NOW)
        assert home.asked()[1:] == [("current", {"next": "96", "previous": "48", "resolution": "30"})]
        assert {interval.end - interval.start for interval in answer.intervals} == {timedelta(minutes=30)}
        assert {interval.feed_in_c_per_kwh for interval in answer.intervals} == {0.0}
        assert answer.channels == {"import"}


def test_feed_in_prices_that_fail_to_come_are_missing_and_not_zero(home: Home) -> None:
    home.world.faults.add(effects.NoFeedIn(), server="amber")
    answer = home.feed.fetch_ahead(NOW)
    assert {interval.feed_in_c_per_kwh for interval in answer.intervals} == {None}


def test_controlled_load_is_kept() -> None:
    with Home(controlled_load=True) as home:
        answer = home.feed.fetch_ahead(NOW)
    assert answer.channels == {"import", "feed_in", "controlled_load"}
    assert all(interval.controlled_load_c_per_kwh is not None for interval in answer.intervals)


@pytest.mark.parametrize("model", ["low", "high"])
def test_the_model_moves_the_hours_ahead_and_not_what_is_settled(model: str) -> None:
    with Home() as home:
        other = home.fields.model_copy(update={"price_model": model})
        predicted = home.feed.fetch_ahead(NOW)
        moved = AmberFeed(other, Context(home.clock, home.world.environment())).fetch_ahead(NOW)
    pairs = list(zip(predicted.intervals, moved.intervals, strict=True))
    assert all(a.import_c_per_kwh == b.import_c_per_kwh for a, b in pairs if a.quality is Quality.SETTLED)
    ahead = [(a.import_c_per_kwh, b.import_c_per_kwh) for a, b in pairs if a.quality is Quality.FORECAST and a.import_range]
    assert ahead
    assert all((b <= a) if model == "low" else (b >= a) for a, b in ahead)  # type: ignore[operator]


def test_missing_near_prices_are_said_and_the_horizon_is_kept(home: Home) -> None:
    home.feed.fetch_ahead(NOW)

    def spoil_the_second(*_: object, **__: object) -> Any:
        raise AnswerNotUnderstood("Amber", "odd")

    far = home.feed._client.current_prices

    def only_far(site_id: str, resolution_min: int, **counts: Any) -> Any:
        return far(site_id, resolution_min, **counts) if resolution_min == 30 else spoil_the_second()

    home.feed._client.current_prices = only_far  # type: ignore[method-assign]
    answer = home.feed.fetch_ahead(NOW)
    assert answer.known_until is not None
    assert answer.quarantined == ("5-minute prices are missing: Amber: odd",)


def test_an_answer_without_a_single_documented_price_is_not_understood(home: Home) -> None:
    home.world.faults.add(effects.RenamedField("channelType", "channel"), server="amber")
    with pytest.raises(AnswerNotUnderstood, match=r"none of .* prices is in the documented form: price 1: channelType is missing"):
        home.feed.fetch_present(NOW)


def test_the_site_is_read_again_after_hours_and_kept_when_that_fails(home: Home) -> None:
    home.feed.fetch_present(NOW)
    home.asked()
    home.feed.fetch_present(NOW)
    assert [path for path, _ in home.asked()] == ["current"]
    home.clock.advance(6 * 3600 + 1)
    home.world.faults.add(effects.GarbageJson(), server="amber", path="/sites", count=1)
    home.feed.fetch_present(NOW + timedelta(hours=6))
    assert [path for path, _ in home.asked()] == ["sites", "current"]
    home.feed.fetch_present(NOW + timedelta(hours=6))
    assert [path for path, _ in home.asked()] == ["current"]


def test_prices_do_not_wait_for_the_list_of_sites(home: Home) -> None:
    home.world.faults.add(effects.GarbageJson(), server="amber", path="/v1/sites", count=1)
    answer = home.feed.fetch_present(NOW)
    assert answer.intervals
    assert home.feed.fetch_present(NOW).intervals


def test_a_site_that_was_closed_is_told_in_words() -> None:
    with Home(site=0) as home, pytest.raises(RequestRefused, match="is closed; this account has"):
        home.feed.fetch_ahead(NOW)


class Follower:
    """Follows the feed's stream in a thread, as the scheduler does."""

    def __init__(self, home: Home) -> None:
        self.answers: list[PriceAnswer] = []
        self.states: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=home.feed.stream, args=(home.clock.now, self.answers.append, self.states.append, self.stop), daemon=True
        )

    def __enter__(self) -> "Follower":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(2)
        assert not self.thread.is_alive()

    def until(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + 4
        while not is_so():
            assert time.monotonic() < end, (self.states, self.answers)
            time.sleep(0.005)


def test_the_stream_brings_the_estimate_and_then_the_settled_price(home: Home) -> None:
    with Follower(home) as follower:
        follower.until(lambda: home.world.amber_stream.subscriber_count == 1)
        boundary = at_the_boundary(home)
        follower.until(lambda: len(follower.answers) == 1)
        home.clock.advance(40)
        follower.until(lambda: len(follower.answers) == 2)
    first, second = (answer.intervals[0] for answer in follower.answers)
    assert (first.start, first.quality, second.quality) == (boundary, Quality.CURRENT, Quality.SETTLED)
    assert second.is_whole
    assert second.import_c_per_kwh == home.feed.fetch_present(boundary + timedelta(seconds=40)).intervals[-1].import_c_per_kwh
    assert follower.states == ["live"]


def test_the_stream_that_is_forbidden_returns(home: Home) -> None:
    home.world.faults.add(effects.StreamForbidden(), server="amber_stream")
    with Follower(home) as follower:
        follower.thread.join(3)
        assert not follower.thread.is_alive()
    assert follower.states == ["refused"]
    assert home.world.amber_stream.handshakes == 1


@pytest.mark.parametrize("trouble", [effects.StreamGarbage(), effects.StreamOtherSite()])
def test_what_the_stream_should_not_bring_changes_nothing(home: Home, trouble: effects.Effect) -> None:
    with Follower(home) as follower:
        follower.until(lambda: home.world.amber_stream.subscriber_count == 1)
        home.world.faults.add(trouble, server="amber_stream", count=1)
        at_the_boundary(home)
        home.clock.advance(40)
        follower.until(lambda: bool(follower.answers))
    assert [answer.intervals[0].quality for answer in follower.answers] == [Quality.SETTLED]


@pytest.mark.parametrize(
    ("fetched_s", "now_s", "due"),
    [(1, 20, False), (1, 34, False), (1, 36, True), (36, 59, False), (36, 61, True), (61, 299, False), (61, 301, True), (400, 61, True)],
)
def test_prices_are_asked_for_at_each_stage_of_the_five_minutes(fetched_s: int, now_s: int, due: bool) -> None:
    period = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
    feed = AmberFeed(AmberFields(token=SecretStr("psk_1")), Context(SimulatedPace(period)))
    state = FeedState(as_of=period + timedelta(seconds=fetched_s), ahead_at=period)
    assert feed.is_due(state, period + timedelta(seconds=now_s)) is (due and fetched_s <= now_s)


@pytest.mark.parametrize(("zone", "region"), [("Australia/Adelaide", "aemo:SA1"), ("Australia/Perth", None)])
def test_the_market_region_is_that_of_the_home_until_the_site_is_known(zone: str, region: str | None) -> None:
    feed = AmberFeed(AmberFields(token=SecretStr("psk_1")), Context(SimulatedPace(NOW), zone=ZoneInfo(zone)))
    assert feed.market_region() == region
