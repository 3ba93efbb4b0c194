"""A plan while it is written: holes and overlaps named exactly, and mended."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.tariffs.time_of_use import Period, TimeOfUse, clock_label, half_hours
from app.feeds.plans import days
from app.feeds.retailers.custom_tou import plan_of
from app.services.tou_plans.draft import Draft, as_text, read, storable
from app.services.tou_plans.season import Values
from tests.domain.builders import SYDNEY
from tests.services.tou_plans.plans import OFF_PEAK, PEAK, SHOULDER, WEEKEND, a_period, a_plan, a_season, changed, whole


def words_of(values: Values) -> list[str]:
    return [problem.words for problem in read(values).problems]


def mended(values: Values, words: str) -> Values:
    """What the button with these words makes of the plan."""
    return next(mend for problem in read(values).problems for mend in problem.mends if mend.words == words).change(values)


def test_a_whole_plan_has_no_problem_and_can_be_used():
    draft = read(whole())
    assert (draft.problems, draft.mistakes) == ((), ())
    assert draft.fields is not None


def test_a_hole_is_named_by_its_days_hours_and_season():
    late = a_period("Late", "sat,sun", "20:30", "22:00")
    summer = a_season(OFF_PEAK, SHOULDER, PEAK, WEEKEND | {"end": "15:00"}, late, name="Summer", first="11-01", last="03-31")
    winter = a_season(OFF_PEAK, SHOULDER, PEAK, WEEKEND, name="Winter", first="04-01", last="10-31")
    assert words_of(a_plan(summer, winter)) == ["Sat and Sun 15:00–20:30 in Summer: no price"]


def test_the_season_is_left_out_where_there_is_only_one():
    assert words_of(changed(whole(), at=3, end="21:00")) == ["Sat and Sun 21:00–22:00: no price"]


def test_an_overlap_names_its_hours_and_both_periods():
    plan = whole()
    plan["seasons"][0]["periods"].append(a_period("Solar hours", "sat", "11:00", "14:00", "8", "0"))
    draft = read(plan)
    assert [problem.words for problem in draft.problems] == ["Sat 11:00–14:00: two prices, Weekend and Solar hours"]
    assert draft.problems[0].periods == (3, 4)


def test_weekday_and_weekend_prices_of_the_same_hour_both_survive():
    plan = a_plan(a_season(a_period("Week", "mon-fri", "00:00", "24:00", "35"), a_period("Weekend", "sat,sun", "00:00", "24:00", "20")))
    fields = read(plan).fields
    assert fields is not None
    noons = [datetime(2026, 11, day, 1, tzinfo=UTC) for day in (20, 21)]  # Friday and Saturday in Sydney
    prices = [half_hours(plan_of(fields), SYDNEY, noon, noon.replace(minute=30), "x")[0].import_c_per_kwh for noon in noons]
    assert prices == [35, 20]


def test_a_hole_takes_a_neighbours_price_by_making_it_longer_where_days_agree():
    plan = mended(changed(whole(), at=3, end="21:00"), "Fill it with Weekend")
    assert plan == whole()


def test_a_hole_takes_the_later_neighbours_price_too():
    plan = mended(changed(whole(), at=2, start="16:00"), "Fill it with Peak")
    assert plan == whole()


def test_a_neighbour_of_other_days_holds_once_more_under_its_name():
    plan = mended(changed(whole(), at=3, end="21:00"), "Fill it with Off-peak")
    assert read(plan).problems == ()
    assert plan["seasons"][0]["periods"][1] == a_period("Off-peak", "sat,sun", "21:00", "22:00", "19", "6")


def test_neighbours_of_one_name_are_told_apart_by_their_price():
    plan = a_plan(a_season(a_period("A", "all", "00:00", "08:00", "10"), a_period("A", "all", "09:00", "24:00", "12")))
    (problem,) = read(plan).problems
    assert [mend.words for mend in problem.mends] == ["Fill it with A", "Fill it with A at 12"]


def test_a_hole_at_midnight_has_its_neighbours_on_the_days_beside_it():
    plan = a_plan(a_season(a_period("Week", "mon-fri", "00:00", "24:00"), a_period("Rest", "sat,sun", "06:00", "24:00", "7")))
    (problem,) = read(plan).problems
    assert problem.words == "Sat and Sun 00:00–06:00: no price"
    assert {mend.words for mend in problem.mends} == {"Fill it with Week", "Fill it with Rest"}


def test_an_unfinished_neighbour_fills_nothing():
    plan = changed(changed(whole(), at=3, end="21:00"), at=3, import_c="")
    holes = [problem for problem in read(plan).problems if problem.what == "no price"]
    assert [mend.words for mend in holes[0].mends] == ["Fill it with Off-peak"]


def test_an_overlap_is_cut_out_of_either_period():
    plan = whole()
    plan["seasons"][0]["periods"].append(a_period("Solar hours", "sat", "11:00", "14:00", "8", "0"))
    kept = mended(plan, "Cut it out of Weekend")
    assert read(kept).problems == ()
    rows = [(row["name"], row["days"], row["start"], row["end"]) for row in kept["seasons"][0]["periods"][3:]]
    assert rows == [
        ("Weekend", "sun", "07:00", "22:00"),
        ("Weekend", "sat", "07:00", "11:00"),
        ("Weekend", "sat", "14:00", "22:00"),
        ("Solar hours", "sat", "11:00", "14:00"),
    ]
    assert mended(plan, "Cut it out of Solar hours") == whole()


def test_what_was_typed_stays_as_it_was_typed_when_something_else_is_mended():
    plan = mended(changed(changed(whole(), at=3, end="21:00"), at=0, import_c="19.50", demand_c_per_kw="twelve"), "Fill it with Weekend")
    assert plan["seasons"][0]["periods"][0] == OFF_PEAK | {"import_c": "19.50", "demand_c_per_kw": "twelve"}


def test_days_of_the_year_without_a_season_are_named_and_given_to_a_neighbour():
    summer, winter = (a_season(*whole()["seasons"][0]["periods"], name=name) for name in ("Summer", "Winter"))
    plan = a_plan(summer | {"from": "11-01", "to": "03-31"}, winter | {"from": "05-01", "to": "10-31"})
    assert words_of(plan) == ["1 Apr to 30 Apr: no season"]
    for button in ("Let Summer last until 30 Apr", "Let Winter begin on 1 Apr"):
        assert words_of(mended(plan, button)) == []


def test_days_with_two_seasons_are_taken_out_of_one():
    year, winter = (a_season(*whole()["seasons"][0]["periods"], name=name) for name in ("All year", "Winter"))
    plan = a_plan(year, winter | {"from": "04-01", "to": "10-31"})
    assert words_of(plan) == ["1 Apr to 31 Oct: two seasons, All year and Winter"]
    after = mended(plan, "Let All year hold from 1 Nov to 31 Mar")
    assert words_of(after) == []
    assert (after["seasons"][0]["from"], after["seasons"][0]["to"]) == ("11-01", "03-31")


@pytest.mark.parametrize(
    ("first", "button"),
    [(("01-01", "06-30"), "Let One end on 31 May"), (("06-01", "12-31"), "Let One begin on 1 Jul")],
)
def test_a_season_that_reaches_into_another_is_shortened(first: tuple[str, str], button: str):
    other = ("06-01", "12-31") if first[0] == "01-01" else ("01-01", "06-30")
    one, two = (a_season(*whole()["seasons"][0]["periods"], name=name) for name in ("One", "Two"))
    plan = a_plan(one | {"from": first[0], "to": first[1]}, two | {"from": other[0], "to": other[1]})
    assert words_of(mended(plan, button)) == []


def test_a_period_without_a_price_covers_its_hours_and_is_not_complete():
    plan = changed(whole(), at=2, import_c="")
    draft = read(plan)
    assert [problem.words for problem in draft.problems] == ["Peak: not complete"]
    assert draft.fields is None
    assert [mistake["loc"] for mistake in draft.mistakes] == [("seasons", 0, "periods", 2, "import_c")]
    assert {stretch.kind for stretch in draft.seasons[0].week[0].stretches} == {"price", "unpriced"}


def test_a_period_whose_hours_are_not_understood_covers_nothing():
    assert words_of(changed(whole(), at=3, start="noon")) == ["Weekend: not complete", "Sat and Sun 07:00–22:00: no price"]


def test_dollars_are_recognised():
    plan = a_plan(a_season(a_period("All hours", "all", "00:00", "24:00", "0.35")))
    (words,) = words_of(plan)
    assert "0.35 looks like dollars" in words
    assert "35 c" in words


def test_a_mistake_in_a_charge_is_named():
    assert words_of(whole(daily_charge_c="1.10")) == ["The plan: the daily charge is not understood"]


def test_a_draft_is_stored_as_far_as_it_is_understood_and_read_again_as_it_was():
    plan = changed(whole(daily_charge_c="110.5"), at=1, import_c="twenty", end="15:15")
    stored = storable(plan)
    assert stored["daily_charge_c"] == 110.5
    assert stored["seasons"][0]["periods"][0]["import_c"] == 19
    assert stored["seasons"][0]["periods"][1]["import_c"] == "twenty"
    assert as_text(stored) == plan


# Properties

DAYS = st.frozensets(st.integers(0, 6), min_size=1).map(days.text_of)
SLOT = st.integers(0, 47)
PERIODS = st.lists(
    st.builds(
        lambda name, on, first, length, c: a_period(name, on, clock_label(first), clock_label((first + length - 1) % 48 + 1), str(c)),
        st.sampled_from("ABC"),
        DAYS,
        SLOT,
        st.integers(1, 47),
        st.sampled_from([10, 20, 30]),
    ),
    min_size=1,
    max_size=5,
)


def coverage(draft: Draft) -> dict[tuple[int, int], list[tuple[str, float]]]:
    """(weekday, half-hour) → the periods that hold then, by an own reckoning."""
    found: dict[tuple[int, int], list[tuple[str, float]]] = {(day, slot): [] for day in range(7) for slot in range(48)}
    for period in draft.seasons[0].season.periods:
        for day in period.days:
            for slot in range(48):
                if holds(period, slot):
                    found[day, slot].append((period.name, period.import_c_per_kwh))
    return found


def holds(period: Period, slot: int) -> bool:
    start, end, now = 60 * period.start.hour + period.start.minute, 60 * period.end.hour + period.end.minute, slot * 30
    return start <= now < end if start < end else now >= start or now < end


@settings(max_examples=20)
@given(PERIODS)
def test_every_mend_ends_what_it_is_for_and_touches_no_other_half_hour(periods: list[Values]):
    draft = read(a_plan(a_season(*periods)))
    before = coverage(draft)
    for problem in draft.problems:
        for mend in problem.mends:
            after = coverage(read(mend.change(draft.values)))
            touched = {place for place in before if before[place] != after[place]}
            hole = problem.what == "no price"
            assert touched
            for place in touched:
                assert len(after[place]) == (1 if hole else len(before[place]) - 1)
                assert len(before[place]) == 0 if hole else len(before[place]) > 1


@settings(max_examples=20)
@given(PERIODS)
def test_mending_again_and_again_makes_any_week_whole(periods: list[Values]):
    values = a_plan(a_season(*periods))
    for _ in range(400):
        problems = [problem for problem in read(values).problems if problem.mends]
        if not problems:
            break
        values = problems[0].mends[0].change(values)
    draft = read(values)
    assert draft.problems == ()
    assert all(len(found) == 1 for found in coverage(draft).values())


@settings(max_examples=20)
@given(PERIODS)
def test_the_drawing_says_what_covers_each_half_hour(periods: list[Values]):
    draft = read(a_plan(a_season(*periods)))
    told = coverage(draft)
    for day, row in enumerate(draft.seasons[0].week):
        assert [stretch.first for stretch in row.stretches] == [0, *(stretch.end for stretch in row.stretches[:-1])]
        assert row.stretches[-1].end == 48
        for stretch in row.stretches:
            for slot in range(stretch.first, stretch.end):
                assert [name for name, _ in told[day, slot]] == list(stretch.names)
                assert stretch.kind == ("hole", "price", "overlap")[min(len(stretch.names), 2)]


def test_a_plan_of_the_domain_comes_out_as_it_went_in():
    fields = read(whole(utility="Red", code="R1", daily_charge_c="110")).fields
    assert fields is not None
    plan = plan_of(fields)
    assert isinstance(plan, TimeOfUse)
    assert (plan.name, plan.utility, plan.code) == ("Saver", "Red", "R1")
