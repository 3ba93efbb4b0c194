"""GloBird's terms: each preset's figures, the owner's own in their place, and what does not say enough."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from app.domain.bill_rules import BillRules, CappedFeedIn, DailyCredit, FreeImport, HasBillRules, SpikeBonus
from app.domain.windows import Window
from app.feeds.retailers.globird.presets import PRESETS
from app.services.site_file import SiteFileError
from tests.feeds.globird.plans import a_feed, fields_of

THREE_HOURS, TWO_HOURS = Window(time(18), time(21)), Window(time(18), time(20))


def rules_of(**entry: Any) -> BillRules:
    feed = a_feed(**entry)
    assert isinstance(feed, HasBillRules)
    return feed.bill_rules()


@pytest.mark.parametrize(
    ("preset", "better", "credit", "free"),
    [
        (
            "zerohero_jul_2026",
            CappedFeedIn(THREE_HOURS, 15_000, 10),
            DailyCredit(THREE_HOURS, 90, 100),
            FreeImport(Window(time(12), time(15)), 50_000),
        ),
        (
            "zerohero_before_jul_2026",
            CappedFeedIn(THREE_HOURS, 15_000, 10),
            DailyCredit(THREE_HOURS, 90, 100),
            FreeImport(Window(time(11), time(14)), 50_000),
        ),
        ("zerohero_3_hour", CappedFeedIn(THREE_HOURS, 15_000, 15), DailyCredit(THREE_HOURS, 90, 100), None),
        ("zerohero_2_hour", CappedFeedIn(TWO_HOURS, 10_000, 15), DailyCredit(TWO_HOURS, 60, 100), None),
        ("own", None, None, None),
    ],
)
def test_each_preset_has_its_published_figures(
    preset: str, better: CappedFeedIn | None, credit: DailyCredit | None, free: FreeImport | None
) -> None:
    rules = rules_of(preset=preset)
    assert (rules.capped_feed_in, rules.daily_credit, rules.free_import) == (better, credit, free)


def test_the_dated_presets_follow_each_other_without_a_gap() -> None:
    before, after = PRESETS["zerohero_before_jul_2026"], PRESETS["zerohero_jul_2026"]
    assert after.valid_from == date(2026, 7, 1)
    assert before.valid_to is not None
    assert before.valid_to + timedelta(days=1) == after.valid_from


def test_what_the_owner_enters_stands_in_the_presets_place() -> None:
    rules = rules_of(
        preset="zerohero_jul_2026",
        super_export_start="17:30",
        super_export_end="20:30",
        super_export_c=12,
        super_export_cap_kwh=0,
        daily_credit_c=150,
        credit_import_kwh=0.12,
        free_start="22:00",
        free_end="24:00",
        free_pool_kwh_per_day=10,
    )
    evening = Window(time(17, 30), time(20, 30))
    assert rules.capped_feed_in == CappedFeedIn(evening, 0, 12)
    assert rules.daily_credit == DailyCredit(evening, 120, 150)
    assert rules.free_import == FreeImport(Window(time(22), time(0)), 10_000)


def test_another_plan_has_only_what_is_entered() -> None:
    rules = rules_of(preset="own", free_start="10:00", free_end="14:00")
    assert rules.free_import == FreeImport(Window(time(10), time(14)), None)
    assert (rules.capped_feed_in, rules.daily_credit) == (None, None)


def test_events_begin_at_3000_dollars_and_no_bonus_is_assumed() -> None:
    assert rules_of(preset="zerohero_jul_2026").spike_bonus == SpikeBonus(3000.0, None)
    assert rules_of(preset="zerohero_jul_2026", spike_bonus_c=100).spike_bonus == SpikeBonus(3000.0, 100.0)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({}, "retailer.preset: missing"),
        ({"preset": "zerohero_2031"}, "retailer.preset: Input should be 'zerohero_jul_2026'"),
        ({"preset": "own", "super_export_c": 10}, "retailer: super_export_c given without super_export_cap_kwh"),
        (
            {"preset": "own", "super_export_c": 10, "super_export_cap_kwh": 5},
            "retailer: super_export_c given without super_export_start and super_export_end",
        ),
        ({"preset": "own", "super_export_start": "18:00"}, "retailer: super_export_start given without super_export_end"),
        ({"preset": "own", "daily_credit_c": 100}, "retailer: daily_credit_c given without credit_import_kwh"),
        (
            {"preset": "own", "daily_credit_c": 100, "credit_import_kwh": 0.1},
            "retailer: daily_credit_c given without super_export_start and super_export_end",
        ),
        ({"preset": "own", "free_pool_kwh_per_day": 50}, "retailer: free_pool_kwh_per_day given without free_start and free_end"),
        ({"preset": "own", "free_start": "11:15", "free_end": "14:00"}, "retailer.free_start: a plan's prices change on the hour"),
        ({"preset": "own", "super_export_cap_kwh": -1}, "retailer.super_export_cap_kwh: Input should be greater than or equal to 0"),
        ({"preset": "own", "import_c": 0.33}, "retailer.import_c: 0.33 looks like dollars: did you mean 33 c?"),
    ],
)
def test_what_does_not_say_enough_is_refused_by_its_key(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(SiteFileError) as refused:
        fields_of(**entry)
    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].startswith(problem)
