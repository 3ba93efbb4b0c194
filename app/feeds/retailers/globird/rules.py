"""From GloBird's terms to the rules of the bill, and to the price that the next kWh has."""

from dataclasses import replace
from datetime import time

from app.domain.bill_rules import BillRules, CappedFeedIn, DailyCredit, FreeImport, SpikeBonus
from app.domain.tariffs.time_of_use import Period, TimeOfUse
from app.domain.windows import Window
from app.feeds.plans.windows import inside
from app.feeds.retailers.globird.fields import GloBirdFields
from app.feeds.retailers.globird.presets import PRESETS

SPIKE_THRESHOLD_PER_MWH = 3000.0  # $; from here on GloBird calls it an event
_WH_PER_KWH = 1000.0


def rules_of(fields: GloBirdFields) -> BillRules:
    """The rules of the owner's plan, and its rates without them."""
    terms = fields.terms()
    evening = _window(terms.super_export_start, terms.super_export_end)
    free = _window(terms.free_start, terms.free_end)
    better = credit = None
    if evening and terms.super_export_c is not None and terms.super_export_cap_kwh is not None:
        better = CappedFeedIn(evening, terms.super_export_cap_kwh * _WH_PER_KWH, terms.super_export_c)
    if evening and terms.daily_credit_c is not None and terms.credit_import_kwh is not None:
        credit = DailyCredit(evening, terms.credit_import_kwh * _WH_PER_KWH, terms.daily_credit_c)
    pool_kwh = terms.free_pool_kwh_per_day
    return BillRules(
        base=fields.own_plan(PRESETS[fields.preset].title, "GloBird"),
        capped_feed_in=better,
        daily_credit=credit,
        free_import=FreeImport(free, None if pool_kwh is None else pool_kwh * _WH_PER_KWH) if free else None,
        spike_bonus=SpikeBonus(SPIKE_THRESHOLD_PER_MWH, fields.spike_bonus_c),
    )


def marginal_plan(rules: BillRules) -> TimeOfUse:
    """What the next kWh costs and earns while cap and pool are not used up: free in the free hours, the better feed-in in the evening."""
    plan = rules.base
    if rules.free_import is not None:
        plan = inside(plan, rules.free_import.window, _free)
    if rules.capped_feed_in is not None:
        better_c = rules.capped_feed_in.c_per_kwh
        plan = inside(
            plan,
            rules.capped_feed_in.window,
            lambda period: replace(period, feed_in_c_per_kwh=max(period.feed_in_c_per_kwh, better_c)),
        )
    return plan


def _free(period: Period) -> Period:
    return replace(period, name="Free", import_c_per_kwh=0.0)


def _window(start: time | None, end: time | None) -> Window | None:
    return None if start is None or end is None else Window(start, end)
