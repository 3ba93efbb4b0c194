"""The words of the Plan page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.battery_plan import BatteryPlan
from app.domain.sentences import sentence
from app.domain.settings.optimizer import CONTROL
from app.services.plan_page import PlanPage, PlanState, Row
from app.services.plan_page_past import HalfHourSoFar
from app.services.plan_page_truth import COMPARED_FROM_PCT, Truth
from app.web.filters import DASH, THIN, cents, duration, kwh, local_date, local_time, money, number, pct
from app.web.plan.drawing import prices_estimated_from
from app.web.plan_tracks import ACTION_CSS, ACTION_WORDS

_BADGES = {PlanState.FRESH: "ok", PlanState.LATE: "late", PlanState.LOST: "lost"}
TOLD_AT_ONCE = timedelta(hours=24)  # rows that begin later are folded away
NOTHING_C = 0.5  # half a cent is shown as none


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table. `day` names the day where a new one begins."""

    day: str
    when: str
    does: str
    css: str
    stored: str
    moved: str
    import_price: str
    feed_in: str
    effect: str
    why: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one page."""

    badge: tuple[str, str]
    behind: str  # what the battery does meanwhile, where the command of now is not that of the step
    until: str
    hours: str
    notes: tuple[str, ...]
    problem: str
    steps: tuple[Step, ...]  # those that begin within a day
    later: tuple[Step, ...]
    later_from: str
    total: str
    would_change: str
    estimate_from: str
    first_made: str
    follows: str
    truth: str
    truth_result: str


def words_for(page: PlanPage) -> Words:
    """Of a page with or without a plan."""
    plan, zone = page.plan, page.site.timezone
    problem = f"{sentence(page.problem, page.zone)}." if page.problem is not None else ""
    first = page.today.first_plan
    truth, truth_result = _truth(page)
    steps = tuple(_steps(page))
    soon = sum(1 for row in page.rows if row.stretch.start < page.now + TOLD_AT_ONCE)
    return Words(
        badge=(_made(plan, page), _BADGES.get(page.state, "")),
        behind=_behind(page),
        until=_moment(plan.until, page) if plan is not None else "",
        hours=f"{round((plan.until - page.now).total_seconds() / 3600)}{THIN}h" if plan is not None else "",
        notes=tuple(f"{sentence(note, page.zone)}." for note in plan.notes) if plan is not None else (),
        problem=problem,
        steps=steps[:soon],
        later=steps[soon:],
        later_from=_moment(page.rows[soon].stretch.start, page) if soon < len(page.rows) else "",
        total=money(page.effect_c, page.site.currency),
        would_change=f"{sentence(page.would_change, page.zone)}." if page.would_change is not None else "",
        estimate_from=_estimate_from(plan, page),
        first_made=local_time(first.made_at, zone) if first is not None else "",
        follows=_follows(page),
        truth=truth,
        truth_result=truth_result,
    )


def _made(plan: BatteryPlan | None, page: PlanPage) -> str:
    if plan is None:
        return ""
    made = local_time(plan.made_at, page.site.timezone)
    age = page.now - plan.made_at
    return f"Made {made}, {duration(age)} ago" if age.total_seconds() < 86400 else f"Made {_moment(plan.made_at, page)}"


def _moment(instant: datetime, page: PlanPage) -> str:
    zone = page.site.timezone
    return f"{local_time(instant, zone)} {local_date(instant, zone)}"


def _estimate_from(plan: BatteryPlan | None, page: PlanPage) -> str:
    at = prices_estimated_from(plan) if plan is not None else None
    return f"{local_time(at, page.site.timezone)} {at.astimezone(page.zone):%a}" if at is not None else ""


def _behind(page: PlanPage) -> str:
    plan = page.plan
    step = plan.at(page.now) if plan is not None else None
    if plan is None or step is None or step.action is plan.command or page.state is PlanState.LOST:
        return ""
    return (
        f"The best plan would now “{ACTION_WORDS[step.action]}”. It stays with “{ACTION_WORDS[plan.command]}” as long as a change gains "
        "next to nothing."
    )


def _follows(page: PlanPage) -> str:
    if page.settings.mode != CONTROL:
        return "The plan is only shown: nothing of it is sent to your battery."
    if not page.is_control_on:
        return "The plan is to be carried out, but PowerSync only watches: switch control on first."
    return "The plan is carried out. Your buttons on the Now page come first."


# The table


def _steps(page: PlanPage) -> Iterator[Step]:
    shown: date | None = page.now.astimezone(page.zone).date()
    for row in page.rows:
        day = row.stretch.start.astimezone(page.zone).date()
        is_now = row.stretch.start <= page.now
        is_new = day != shown and not is_now
        shown = day if is_new else shown
        yield _step(row, page, f"{day:%A} {day.day} {day:%B}" if is_new else "", is_now=is_now)


def _step(row: Row, page: PlanPage, day: str, *, is_now: bool) -> Step:
    stretch, zone, currency = row.stretch, page.site.timezone, page.site.currency
    effect_c = stretch.effect_c
    return Step(
        day=day,
        when=f"{'Now' if is_now else local_time(stretch.start, zone)} – {local_time(stretch.end, zone)}",
        does=ACTION_WORDS[stretch.action],
        css=ACTION_CSS[stretch.action],
        stored=_stored(stretch.soc_start_pct, stretch.soc_end_pct),
        moved=_moved(stretch.charged_wh, stretch.discharged_wh),
        import_price=_prices(stretch.import_c_per_kwh, currency),
        feed_in=_prices(stretch.feed_in_c_per_kwh, currency),
        effect="–" if abs(effect_c) < NOTHING_C else money(effect_c, currency),
        why=_why(row, page),
        is_now=is_now,
    )


def _why(row: Row, page: PlanPage) -> str:
    said = [f"{sentence(each, page.zone)}." for each in row.why]
    estimated_from = prices_estimated_from(page.plan) if page.plan is not None else None
    if estimated_from is not None and row.stretch.end > estimated_from:
        said.append("Its price is an estimate.")
    return " ".join(said)


def _stored(start_pct: float | None, end_pct: float) -> str:
    if start_pct is None or number(start_pct) == number(end_pct):
        return pct(end_pct)
    return f"{number(start_pct)} → {pct(end_pct)}"


def _moved(charged_wh: float, discharged_wh: float) -> str:
    told = [f"{kwh(wh)} {way}" for wh, way in ((charged_wh, "in"), (discharged_wh, "out")) if wh >= 50]
    return ", ".join(told)


def _prices(spread: tuple[float, float], currency: str) -> str:
    low, high = spread
    return cents(high, 1, currency) if number(low, 1) == number(high, 1) else f"{number(low, 1)} to {cents(high, 1, currency)}"


# What came


def so_far_row(row: HalfHourSoFar, page: PlanPage) -> dict[str, str]:
    """A half-hour of today in words: planned beside measured; a dash where it is not known."""
    zone, planned = page.site.timezone, row.planned
    return {
        "when": f"{local_time(row.start, zone)} – {local_time(row.end, zone)}",
        "planned": ACTION_WORDS[planned.action] if planned is not None and planned.action is not None else DASH,
        "did": ACTION_WORDS[row.did] if row.did is not None else DASH,
        "soc_planned": pct(planned.soc_end_pct) if planned is not None else DASH,
        "soc": pct(row.soc_end_pct),
        "grid_planned": number(planned.grid_wh / 1000, 2) if planned is not None else DASH,
        "grid": number(row.grid_wh / 1000, 2) if row.grid_wh is not None else DASH,
    }


def _truth(page: PlanPage) -> tuple[str, str]:
    """What the days that can be compared say together, and how many they are."""
    truth: Truth = page.truth
    compared = len(truth.compared)
    counted = f"{compared} of {len(truth.days)} days can be compared" if compared != 1 else f"1 of {len(truth.days)} days can be compared"
    rule = f"A day counts where its first plan and the settled meter cover {number(COMPARED_FROM_PCT)}{THIN}% of it."
    if truth.off_c is None:
        return f"{counted}. {rule}", ""
    off = truth.off_c
    currency = page.site.currency
    if abs(off) < NOTHING_C:
        said = "As expected"
    else:
        said = f"{money(abs(off), currency, signed=False)} {'dearer' if off > 0 else 'better'} than expected"
    return f"{counted}. {rule}", said
