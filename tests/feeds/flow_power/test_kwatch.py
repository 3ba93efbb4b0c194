"""Flow Power's own data as a source, at the simulated service."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from app.domain.prices import PriceBook, Quality, without_overlap
from app.domain.tariffs.half_hourly import RollingTariff, build
from app.feeds.capabilities import FeedState, FetchesAhead, FetchesPresent, PriceAnswer
from app.feeds.retailers.flow_power.feed import FlowPowerWithPresent, open_flow_power
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.feeds.retailers.flow_power.kwatch_client import explain
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, Unreachable, VendorError
from tests.feeds.contract.benches import CountingBudget
from tests.feeds.flow_power.views import SYDNEY

NOW = datetime(2026, 11, 20, 7, 57, tzinfo=UTC)
RUNNING = datetime(2026, 11, 20, 7, 55, tzinfo=UTC)


class Home:
    """A simulated account, and a feed with its key."""

    def __init__(self) -> None:
        self.clock = SimulatedPace(NOW)
        self.world = World(self.clock)
        self.budget = CountingBudget()
        self.service = self.world.kwatch

    def __enter__(self) -> "Home":
        self.world.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.world.stop()

    def feed(self, **entered: Any) -> FlowPowerWithPresent:
        given = {"region": "NSW1", "source": "kwatch", "kwatch_key": self.service.account.key, **entered}
        context = Context(self.clock, self.world.environment(), self.budget, zone=SYDNEY)
        feed = open_flow_power(FlowPowerFields.model_validate(given), context)
        assert isinstance(feed, FlowPowerWithPresent)
        return feed

    def trouble(self, effect: effects.Effect, path: str | None = None, count: int | None = None) -> None:
        self.world.faults.add(effect, server="kwatch", **{name: value for name, value in (("path", path), ("count", count)) if value})

    def asked(self) -> list[tuple[str, dict[str, Any]]]:
        """The requests since the last look: endpoint and body."""
        found = [(request.path.rpartition("/")[2], request.body) for request in self.service.requests]
        self.service.requests.clear()
        return found


@pytest.fixture
def home() -> Iterator[Home]:
    with Home() as running:
        yield running


def book_of(answer: PriceAnswer) -> PriceBook:
    return PriceBook(without_overlap(answer.intervals), answer.as_of, answer.known_until)


def test_a_day_of_prices_comes_with_three_calls_at_first(home: Home) -> None:
    feed = home.feed()
    answer = feed.fetch_ahead(NOW)
    assert home.asked() == [
        ("predispatch30mins", {"regName": "nsw", "period": 2}),
        ("dispatch5mins", {"regName": "nsw", "period": 1440}),
        ("predispatch5mins", {"regName": "nsw", "period": 60}),
    ]
    assert home.budget.calls == 3
    book = book_of(answer)
    assert book.intervals[0].start == RUNNING - timedelta(hours=24) + timedelta(minutes=5)
    assert answer.known_until == datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert all(a.end == b.start for a, b in pairwise(book.intervals))
    assert all(interval.is_whole for interval in book.intervals)
    assert {interval.quality for interval in book.intervals if interval.start <= NOW} == {Quality.SETTLED}
    assert {interval.quality for interval in book.intervals if interval.start > NOW} == {Quality.FORECAST}
    assert isinstance(build(book, SYDNEY, NOW, "AUD"), RollingTariff)
    assert answer.quarantined == ()


def test_prices_are_the_markets_in_flow_powers_formula(home: Home) -> None:
    running = book_of(home.feed().fetch_ahead(NOW)).at(NOW)
    assert running is not None
    spot_c = round(home.world.market.settled_c(int(RUNNING.timestamp()) // 300) / 1.1 * 10, 2) / 10
    assert running.spot_c_per_kwh == pytest.approx(spot_c)
    assert running.import_c_per_kwh == pytest.approx(34.0 + spot_c - 9.7)
    assert running.feed_in_c_per_kwh == 45.0  # 18:55 in Sydney


def test_later_only_what_settled_since_is_asked_for(home: Home) -> None:
    feed = home.feed()
    feed.fetch_ahead(NOW)
    home.clock.advance(300)
    feed.fetch_ahead(NOW + timedelta(minutes=5))
    home.clock.advance(4 * 3600)
    feed.fetch_ahead(NOW + timedelta(hours=4, minutes=5))
    assert [body["period"] for endpoint, body in home.asked() if endpoint == "dispatch5mins"] == [1440, 60, 245]


def test_the_present_takes_one_call(home: Home) -> None:
    answer = home.feed().fetch_present(NOW)
    assert home.asked() == [("dispatch5mins", {"regName": "nsw", "period": 60})]
    assert answer.known_until is None
    running = book_of(answer).at(NOW)
    assert running is not None
    assert (running.quality, running.is_whole) == (Quality.SETTLED, True)


def test_a_day_back_that_is_declined_becomes_an_hour(home: Home) -> None:
    home.trouble(effects.Status(400), path="/api/v1/dispatch5mins", count=1)
    answer = home.feed().fetch_ahead(NOW)
    assert [body["period"] for endpoint, body in home.asked() if endpoint == "dispatch5mins"] == [1440, 60]
    assert answer.quarantined == ()


@pytest.mark.parametrize("shape", [{"is_encoded_twice": True}, {"wrapped_in": "data"}, {"wrapped_in": "items"}, {"is_object": True}])
def test_every_shape_of_the_answers_gives_the_same_prices(home: Home, shape: dict[str, Any]) -> None:
    plain = home.feed().fetch_ahead(NOW).intervals
    for name, value in shape.items():
        setattr(home.service.shape, name, value)
    assert home.feed().fetch_ahead(NOW).intervals == plain


@pytest.mark.parametrize(
    ("times", "zone", "labels_end"),
    [
        ("end_utc", UTC, True),
        ("start_nem", timezone(timedelta(hours=10)), False),
        ("end_nem", timezone(timedelta(hours=10)), True),
        ("end_local", SYDNEY, True),
    ],
)
def test_the_setting_for_times_reads_other_labels(home: Home, times: str, zone: Any, labels_end: bool) -> None:
    plain = home.feed().fetch_ahead(NOW).intervals
    home.service.shape.zone, home.service.shape.labels_end = zone, labels_end
    assert home.feed(kwatch_times=times).fetch_ahead(NOW).intervals == plain


@pytest.mark.parametrize(
    ("zone", "labels_end", "words"),
    [
        (timezone(timedelta(hours=10)), False, "its forecast begins 9.6 h ahead"),
        (timezone(timedelta(hours=-5)), False, "its forecast begins 5.5 h ago"),
        (UTC, True, "its newest price is 0.1 h ahead"),
        (timezone(timedelta(hours=1)), False, "its newest price is 1.0 h ahead"),
    ],
)
def test_times_that_cannot_mean_what_the_setting_says_are_refused(home: Home, zone: Any, labels_end: bool, words: str) -> None:
    home.service.shape.zone, home.service.shape.labels_end = zone, labels_end
    with pytest.raises(AnswerNotUnderstood, match=rf"{words}: .*kwatch_times"):
        home.feed().fetch_ahead(NOW)


def test_times_that_were_written_with_their_offset_need_no_setting(home: Home) -> None:
    plain = home.feed().fetch_ahead(NOW).intervals
    home.service.shape.zone, home.service.shape.has_offset = timezone(timedelta(hours=10)), True
    assert home.feed(kwatch_times="start_local").fetch_ahead(NOW).intervals == plain


def test_prices_that_stand_still_are_no_answer(home: Home) -> None:
    home.trouble(effects.Frozen())
    feed = home.feed()
    feed.fetch_ahead(NOW)
    home.clock.advance(3600)
    with pytest.raises(AnswerNotUnderstood, match=r"its newest price is 1\.0 h ago: its data stand still"):
        feed.fetch_ahead(NOW + timedelta(hours=1))
    with pytest.raises(AnswerNotUnderstood, match="stand still"):
        feed.fetch_present(NOW + timedelta(hours=1))


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_asked_about_once_and_not_shown(home: Home, status: int) -> None:
    home.service.refusal = status
    with pytest.raises(CredentialsRefused) as caught:
        home.feed(kwatch_key="wrongwrong").fetch_ahead(NOW)
    assert len(home.asked()) == 1
    assert "Devices" in str(caught.value)
    assert "wrongwrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, b'{"message": "Host is not on the Allowlist"}', "does not allow calls from this computer"),
        (403, b"Forbidden", "was not accepted"),
        (401, b"", "was not accepted"),
    ],
)
def test_a_refusal_says_what_to_do_under_devices(status: int, body: bytes, words: str) -> None:
    error = explain(status, {}, body)
    assert isinstance(error, CredentialsRefused)
    assert words in str(error)
    assert "Devices" in str(error)
    assert explain(404, {}, body) is None


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (effects.Status(502), Unreachable),
        (effects.Silence(), Unreachable),
        (effects.Reset(), Unreachable),
        (effects.HalfAnswer(), Unreachable),
        (effects.GarbageJson(), AnswerNotUnderstood),
        (effects.Html(), AnswerNotUnderstood),
        (effects.EmptyBody(), AnswerNotUnderstood),
        (effects.HugeBody(8_000_000), AnswerNotUnderstood),
        (effects.BadPrice("nan"), AnswerNotUnderstood),
        (effects.RenamedField("price", "cost"), AnswerNotUnderstood),
        (effects.Status(429, rate_limit_headers=True), RateLimited),
    ],
)
def test_a_failure_has_a_name_and_its_end_is_noticed(home: Home, effect: effects.Effect, error: type[VendorError]) -> None:
    feed = home.feed()
    home.trouble(effect)
    with pytest.raises(error):
        feed.fetch_ahead(NOW)
    home.world.faults.clear()
    assert feed.fetch_ahead(NOW).known_until is not None


@pytest.mark.parametrize(
    ("endpoint", "words"), [("dispatch5mins", "5-minute prices are missing"), ("predispatch5mins", "5-minute forecasts are missing")]
)
def test_finer_prices_that_fail_are_told_and_the_half_hours_stay(home: Home, endpoint: str, words: str) -> None:
    home.trouble(effects.Status(502), path=f"/api/v1/{endpoint}")
    answer = home.feed().fetch_ahead(NOW)
    assert answer.known_until == datetime(2026, 11, 21, 18, tzinfo=UTC)
    (told,) = answer.quarantined
    assert words in told
    running = book_of(answer).at(NOW)
    assert running is not None
    assert running.quality is (Quality.FORECAST if endpoint == "dispatch5mins" else Quality.SETTLED)


@pytest.mark.parametrize("effect", [effects.PriceGap(1, ahead_half_hours=4), effects.BadPrice("null", ahead_half_hours=4)])
def test_a_price_that_is_missing_stays_missing(home: Home, effect: effects.Effect) -> None:
    home.trouble(effect)
    answer = home.feed().fetch_ahead(NOW)
    assert book_of(answer).at(datetime(2026, 11, 20, 9, 40, tzinfo=UTC)) is None
    assert bool(answer.quarantined) is isinstance(effect, effects.BadPrice)


def test_the_meter_is_looked_up_once_in_hours_and_another_one_is_refused(home: Home) -> None:
    feed = home.feed(kwatch_nmi=home.service.account.nmi)
    for _ in range(2):
        feed.fetch_ahead(NOW)
    assert [endpoint for endpoint, _ in home.asked()].count("GetResidentialSite") == 1
    with pytest.raises(RequestRefused, match="not for the meter number"):
        home.feed(kwatch_nmi="9999999999").fetch_ahead(NOW)


@pytest.mark.parametrize("effect", [effects.Status(502), effects.GarbageJson()])
def test_prices_do_not_wait_for_the_meter(home: Home, effect: effects.Effect) -> None:
    home.trouble(effect, path="/api/v1/GetResidentialSite", count=1)
    feed = home.feed(kwatch_nmi=home.service.account.nmi)
    for _ in range(3):
        assert feed.fetch_ahead(NOW).known_until is not None
    assert [endpoint for endpoint, _ in home.asked()].count("GetResidentialSite") == 2


def test_it_is_asked_for_each_five_minutes_and_until_the_running_price_is_there(home: Home) -> None:
    feed = home.feed()
    assert isinstance(feed, FetchesAhead)
    assert isinstance(feed, FetchesPresent)

    def due(into_s: int, asked_s: int, *, knows_running: bool = False) -> bool:
        asked = RUNNING + timedelta(seconds=asked_s)
        actual_until = RUNNING + timedelta(minutes=5 if knows_running else 0)
        return feed.is_due(FeedState(asked, asked, None, actual_until), RUNNING + timedelta(seconds=into_s))

    assert due(0, -10)
    assert [due(into_s, 1) for into_s in (20, 39, 41, 69, 71, 299)] == [False, False, True, True, True, True]
    assert [due(into_s, 42) for into_s in (60, 71)] == [False, True]
    assert not any(due(into_s, 42, knows_running=True) for into_s in (60, 71, 299))
    assert due(301, 42, knows_running=True)
    assert feed.is_due(FeedState(), NOW)
