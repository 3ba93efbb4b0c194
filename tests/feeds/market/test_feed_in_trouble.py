"""The feed when the operator, its dashboard or its file server do not do as they should: what still holds, what is told, who is asked."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.prices import Quality
from app.simulators import effects as e
from app.simulators.aemo import AemoService
from app.simulators.faults import Faults
from app.simulators.nem import Nem
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response, Taken
from app.transports.errors import AnswerNotUnderstood, RateLimited, Unreachable
from tests.feeds.market.market import FILES, SUMMARY, Market, book, price_at
from tests.feeds.market.samples import at, report, zipped

DISPATCH, P5, PREDISPATCH = "DispatchIS_Reports", "P5_Reports", "PredispatchIS_Reports"


# -- the present price ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "effect", [e.Status(502), e.Status(503), e.Status(403), e.Reset(), e.HalfAnswer(), e.Html(), e.EmptyBody(), e.Silence()]
)
def test_where_the_summary_fails_the_dispatch_file_counts(effect: e.Effect) -> None:
    market = Market()
    market.fault(effect, SUMMARY)
    answer = market.fetch()["NSW1"]
    running = price_at(answer, market.now)
    assert (running.start, running.quality) == (at("17:55"), Quality.SETTLED)
    assert running.import_c_per_kwh == pytest.approx(market.settled("NSW1", at("17:55")))
    assert market.asked()[:3] == [SUMMARY, f"{DISPATCH}/", "PUBLIC_DISPATCHIS"]


def test_a_summary_that_lags_is_given_a_minute() -> None:
    market = Market()
    market.fetch()
    market.fault(e.StaleSummary(300))
    market.asked()
    answer = market.at("18:00:40").fetch()["NSW1"]
    assert market.asked() == [SUMMARY]
    assert price_at(answer, market.now).quality is Quality.FORECAST
    answer = market.at("18:01:00").fetch()["NSW1"]
    assert market.asked()[:3] == [SUMMARY, f"{DISPATCH}/", "PUBLIC_DISPATCHIS"]
    assert price_at(answer, market.now).quality is Quality.SETTLED


def test_a_file_that_has_been_read_is_not_downloaded_again() -> None:
    market = Market()
    market.fault(e.Status(404), SUMMARY)
    market.fetch()
    market.asked()
    market.at("18:00:10").fetch()
    asked = market.asked()
    assert asked[:2] == [SUMMARY, f"{DISPATCH}/"]
    assert "PUBLIC_DISPATCHIS" not in asked


def test_a_region_that_the_summary_lacks_comes_from_the_file() -> None:
    market = Market()
    market.fault(e.MissingRegion("SA1"), SUMMARY)
    answers = market.fetch()
    assert price_at(answers["SA1"], market.now).quality is Quality.SETTLED
    assert answers["SA1"].quarantined == ()


def test_a_region_that_is_nowhere_is_missing_and_the_others_go_on() -> None:
    market = Market()
    market.fault(e.MissingRegion("SA1"))
    answers = market.fetch()
    assert answers["SA1"].intervals == ()
    assert answers["SA1"].known_until is None
    assert price_at(answers["NSW1"], market.now).quality is Quality.SETTLED


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (e.Status(500), Unreachable),
        (e.Status(403), Unreachable),
        (e.Status(401), Unreachable),
        (e.Silence(), Unreachable),
        (e.GarbageJson(), AnswerNotUnderstood),
        (e.Html(), AnswerNotUnderstood),
        (e.BadPrice("nan"), AnswerNotUnderstood),
        (e.RenamedField("RRP", "SPOT"), AnswerNotUnderstood),
    ],
)
def test_where_nobody_has_the_present_price_the_failure_has_a_name(effect: e.Effect, error: type[Exception]) -> None:
    market = Market()
    market.fault(effect)
    with pytest.raises(error) as caught:
        market.fetch()
    assert len(market.asked()) <= 3
    assert "AEMO" in str(caught.value)


def test_a_column_with_another_name_is_named() -> None:
    market = Market()
    market.fault(e.RenamedField("RRP", "SPOT"))
    with pytest.raises(AnswerNotUnderstood, match="RRP is missing"):
        market.fetch()


def test_a_summary_in_another_form_is_told_also_where_the_file_helps() -> None:
    market = Market()
    market.fault(e.RenamedField("RRP", "SPOT"), SUMMARY)
    assert market.fetch()["NSW1"].quarantined == ("the summary has no price: NSW1 in the summary: RRP is missing",)


def test_a_pause_that_the_operator_asks_for_is_kept_by_both_hosts() -> None:
    market = Market()
    market.fault(e.Status(429, retry_after_s=37))
    with pytest.raises(RateLimited) as caught:
        market.fetch()
    assert caught.value.retry_after_s == 37
    assert market.budget.away_s == [37]
    assert market.asked() == [SUMMARY]


def test_prices_that_stand_still_are_told_after_a_quarter_of_an_hour() -> None:
    market = Market()
    market.fetch()
    market.fault(e.Frozen())
    answer = market.at("18:15").fetch()["NSW1"]
    assert price_at(answer, market.now).quality is Quality.FORECAST
    market.at("18:15:10")
    with pytest.raises(Unreachable, match="no new price has come since 2026-11-20 18:00 market time"):
        market.fetch()
    market.calm()
    assert price_at(market.at("18:16").fetch()["NSW1"], market.now).quality is Quality.SETTLED


def test_a_price_that_only_one_of_them_could_believe_is_not_taken() -> None:
    market = Market()
    market.fault(e.BadPrice("absurd"), SUMMARY)
    answer = market.fetch()["NSW1"]
    assert price_at(answer, market.now).import_c_per_kwh == pytest.approx(market.settled("NSW1", at("17:55")))
    assert answer.quarantined == ()


def test_a_price_above_the_known_cap_counts_when_file_and_summary_agree() -> None:
    market = Market()
    market.fault(e.BadPrice(25_000.0), SUMMARY)  # type: ignore[arg-type]  # any value can be told
    market.fault(e.BadPrice(25_000.0), DISPATCH)  # type: ignore[arg-type]
    assert price_at(market.fetch()["NSW1"], market.now).import_c_per_kwh == 2_500


# -- the forecasts ----------------------------------------------------------------------------------------------------

BROKEN = [
    (e.CorruptZip("truncated"), "the zip is broken"),
    (e.CorruptZip("checksum"), "the zip is broken"),
    (e.CorruptZip("page"), "the zip is broken"),
    (e.MissingEndOfReport("absent"), "its end is missing"),
    (e.MissingEndOfReport("count"), "counts other than"),
    (e.RenamedField("RRP", "SPOT"), "has no column RRP"),
]


@pytest.mark.parametrize(("effect", "words"), BROKEN)
@pytest.mark.parametrize(("path", "title"), [("PUBLIC_P5MIN", "5-minute forecast"), ("PUBLIC_PREDISPATCHIS", "half-hourly forecast")])
def test_a_broken_file_is_told_and_the_last_forecast_holds(path: str, title: str, effect: e.Effect, words: str) -> None:
    market = Market("2026-11-20T17:48")
    before = market.fetch()["NSW1"]
    market.fault(effect, path)
    market.fault(e.Status(404), "report/5MIN")
    answer = market.at("18:03").fetch()["NSW1"]
    [told] = answer.quarantined
    assert told.startswith(f"the {title} could not be read: PUBLIC_")
    assert words in told
    assert answer.known_until == before.known_until
    assert book(answer).between(at("18:05"), at("18:45"))
    assert not [each for each in answer.intervals if each.quality is Quality.FORECAST and each.end <= market.now]
    market.calm()
    assert market.later(minutes=5).fetch()["NSW1"].quarantined == ()


@pytest.mark.parametrize(("path", "length_min"), [("PUBLIC_P5MIN", 5), ("PUBLIC_PREDISPATCHIS", 30)])
def test_where_a_file_fails_the_dashboard_has_the_forecast_too(path: str, length_min: int) -> None:
    market = Market()
    usual = market.fetch()["NSW1"]
    market.restart()
    market.fault(e.CorruptZip(), path)
    answer = market.fetch()["NSW1"]
    assert answer.quarantined == ()
    length = timedelta(minutes=length_min)
    ours, theirs = (
        [each for each in found.intervals if each.end - each.start == length and each.start > market.now] for found in (answer, usual)
    )
    assert ours == theirs
    assert ours


def test_without_the_file_server_the_dashboard_alone_suffices() -> None:
    market = Market()
    market.fault(e.Silence(), FILES)
    answer = market.fetch()["NSW1"]
    assert market.asked() == [SUMMARY, "5MIN", f"{P5}/", "5MIN", "5MIN"]
    assert answer.known_until == at("2026-11-22T04:00")
    assert answer.quarantined == ()


def test_without_the_dashboard_the_file_server_alone_suffices() -> None:
    market = Market()
    market.fault(e.Silence(), "report")
    answer = market.fetch()["NSW1"]
    assert answer.known_until == at("2026-11-22T04:00")
    assert price_at(answer, market.now).quality is Quality.SETTLED
    assert market.asked().count(SUMMARY) == 1


@pytest.mark.parametrize("directory", [P5, PREDISPATCH])
@pytest.mark.parametrize("effect", [e.TruncatedListing(0.5), e.TruncatedListing(0.0), e.Html()])
def test_a_listing_that_is_old_or_empty_takes_nothing_back(directory: str, effect: e.Effect) -> None:
    market = Market("2026-11-20T17:48")
    before = market.fetch()["NSW1"]
    market.fault(effect, f"{directory}/")
    market.fault(e.Status(404), "report/5MIN")
    market.asked()
    answer = market.at("18:03").fetch()["NSW1"]
    assert len(answer.quarantined) == 1
    assert answer.known_until == before.known_until
    assert f"{directory}/" in market.asked()
    assert [each for each in answer.intervals if each.quality is Quality.FORECAST]


def test_a_listing_that_stands_still_says_since_when() -> None:
    market = Market("2026-11-20T17:48")
    market.fetch()
    market.fault(e.Frozen(), f"{P5}/")
    market.fault(e.Status(404), "report/5MIN")
    market.fault(e.Frozen(), f"{PREDISPATCH}/")
    assert market.at("18:02").fetch()["NSW1"].quarantined == ()
    told = market.at("19:33").fetch()["NSW1"].quarantined
    assert "P5_Reports shows nothing new since 2026-11-20 17:50 market time" in told[0]


class WithOldLayout(AemoService):
    """The operator with its old predispatch reports, and without the new ones."""

    def __init__(self, clock: SimulatedPace, faults: Faults, nem: Nem) -> None:
        super().__init__(clock, faults, nem)

    def answer(self, request: Request, taken: Taken) -> Response:
        name = "PUBLIC_PREDISPATCH_202611201800_20261120173152_LEGACY.zip"
        if "PredispatchIS" in request.path:
            return self.error(404)
        if request.path.endswith("/Predispatch_Reports/"):
            return Response(200, f'<pre><A HREF="/Reports/Current/Predispatch_Reports/{name}">{name}</A></pre>'.encode(), {})
        if request.path.endswith(name):
            rows = ["I,PDREGION,,5,PREDISPATCHSEQNO,RUNNO,REGIONID,PERIODID,RRP,EEP"]
            rows += [
                f'D,PDREGION,,5,"2026/11/20 18:00:00",1,{region},"2026/11/{20 + n // 48} {n // 2 % 24:02d}:{n % 2 * 30:02d}:00",{n + 0.5},0'
                for region in ("NSW1", "QLD1", "VIC1", "SA1", "TAS1")
                for n in range(36, 36 + 66)
            ]
            return Response(200, zipped(report("\n".join(rows))), {})
        return super().answer(request, taken)


def test_the_old_layout_stands_in_for_the_new_one() -> None:
    market = Market(service=WithOldLayout)
    answer = market.fetch()["VIC1"]
    assert market.asked()[-3:] == [f"{PREDISPATCH}/", "Predispatch_Reports/", "PUBLIC_PREDISPATCH"]
    assert answer.quarantined == ()
    assert answer.known_until == at("2026-11-22T02:30")
    assert price_at(answer, at("20:10")).import_c_per_kwh == pytest.approx(4.15)


def test_before_any_predispatch_the_answer_leaves_open_how_far_is_known() -> None:
    market = Market()
    market.fault(e.Status(502), PREDISPATCH)
    market.fault(e.Status(502), "report/5MIN")
    answer = market.fetch()["NSW1"]
    assert price_at(answer, at("18:30")).quality is Quality.FORECAST
    assert answer.known_until is None
    assert any("half-hourly forecast could not be read" in words for words in answer.quarantined)
    market.calm()
    assert market.later(seconds=60).fetch()["NSW1"].known_until == at("2026-11-22T04:00")


def test_a_gap_in_the_forecast_stays_a_gap() -> None:
    market = Market()
    market.fault(e.PriceGap(half_hours=2, ahead_half_hours=6))
    answer = market.fetch()["NSW1"]
    assert book(answer).between(at("20:30"), at("21:30")) == ()
    assert answer.known_until == at("2026-11-22T04:00")
    assert answer.quarantined == ()


@pytest.mark.parametrize("value", ["null", "text", "nan", "absent", "absurd"])
def test_a_price_ahead_that_is_none_is_a_gap_and_told(value: str) -> None:
    market = Market()
    market.fault(e.BadPrice(value, half_hours=1, ahead_half_hours=6))
    answer = market.fetch()["NSW1"]
    assert book(answer).between(at("20:30"), at("21:00")) == ()
    assert len(answer.quarantined) == 1
    assert answer.quarantined[0].startswith("NSW1 ")


def test_an_absurd_forecast_is_believed_when_the_next_run_says_the_same() -> None:
    market = Market()
    market.fault(e.BadPrice("absurd", half_hours=1, ahead_half_hours=6), for_s=300)
    assert book(market.fetch()["NSW1"]).between(at("20:30"), at("21:00")) == ()
    market.fault(e.BadPrice("absurd", half_hours=1, ahead_half_hours=5), start=at("18:00"), for_s=1800)
    answer = market.at("18:03").fetch()["NSW1"]
    assert price_at(answer, at("20:30")).import_c_per_kwh == pytest.approx(98_765.4)


def test_a_short_horizon_is_said_to_be_short() -> None:
    market = Market()
    market.fault(e.ShortHorizon(3))
    assert market.fetch()["NSW1"].known_until == at("21:00")


# -- being left alone -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [403, 503])
def test_a_file_server_that_is_busy_at_publication_is_left_alone_for_a_while(code: int) -> None:
    market = Market()
    market.fetch()
    market.fault(e.BusyAtPublication(code, 90.0))
    market.asked()
    market.at("18:01:10").fetch()
    assert market.asked().count(f"{P5}/") == 1
    market.later(seconds=20).fetch()
    assert not [each for each in market.asked() if "_Reports" in each]
    market.later(seconds=30).fetch()
    assert "PUBLIC_PREDISPATCHIS" not in market.asked()
    answer = market.at("18:03").fetch()["NSW1"]
    assert "PUBLIC_PREDISPATCHIS" in market.asked()
    assert answer.quarantined == ()


def test_who_does_not_say_who_they_are_is_turned_away() -> None:
    market = Market()
    market.wire.hides_who_asks = True
    market.fault(e.Status(502), "report")
    with pytest.raises(Unreachable):
        market.fetch()
    market.calm()
    market.wire.hides_who_asks = False
    assert market.later(seconds=30).fetch()["NSW1"].known_until is not None


@pytest.mark.parametrize("break_it", [lambda m: m.fault(e.Silence(), FILES), lambda m: m.fault(e.Status(403), FILES)])
def test_a_silent_host_is_asked_once_a_fetch(break_it: Callable[[Market], int]) -> None:
    market = Market()
    break_it(market)
    market.fetch()
    assert sum("Reports" in each or "PUBLIC" in each for each in market.asked()) == 1
