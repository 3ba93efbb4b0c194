"""The words around the figures of the demand page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.demand import Peak, Stretch
from app.domain.settings.demand import DemandPeriod
from app.services.demand_costs import DemandMonth
from app.services.demand_costs.month import Total
from app.web.filters import DASH, THIN, local_date, money, number, pct

NAMES = {DemandPeriod.PEAK: "Peak", DemandPeriod.SHOULDER: "Shoulder", DemandPeriod.OFF_PEAK: "Off-peak"}
_THIS = "this half\u2011hour"  # in a heading it does not break at its hyphen
FULL_PCT = 99.5  # what is rounded to 100 % needs no note


@dataclass(frozen=True, slots=True)
class Line:
    """One window name in "How the charge adds up"."""

    name: str
    kw: str
    at: str
    rate: str
    expected: str


@dataclass(frozen=True, slots=True)
class Words:
    """One line of context per figure."""

    lead: str
    month: str  # "1 to 30 Nov"
    peak: str
    peak_at: str
    so_far: str
    expected: str
    reset: str
    running_kw: str
    running: str
    lines: tuple[Line, ...]
    demand_coverage: str
    energy_coverage: str
    supply: str
    total: str


def words_for(month: DemandMonth) -> Words:
    """All words of one page."""
    return Words(
        lead=_lead(month),
        month=_span(month.cycle.first, month.cycle.end - timedelta(days=1)),
        peak=kilowatts(month.dearest.kw if month.dearest else None),
        peak_at=_peak_at(month),
        so_far=_so_far(month),
        expected=_expected(month),
        reset=f"on {local_date(month.cycle.end)}",
        running_kw=kilowatts(month.running.kw if month.running_window else None),
        running=_running(month),
        lines=tuple(_line(peak, month) for peak in month.peaks),
        demand_coverage=_demand_coverage(month),
        energy_coverage=_energy_coverage(month),
        supply=_supply(month),
        total=_total(month.total),
    )


def _window(stretch: Stretch) -> str:
    return f"{NAMES[stretch.window.name].lower()} window"


def kilowatts(kw: float | None) -> str:
    """6.1 → "6.1 kW"; None → an em dash."""
    return DASH if kw is None else f"{number(kw, 1)}{THIN}kW"


def moment(instant: datetime, month: DemandMonth) -> str:
    """ "20:00", "14:00 tomorrow", "Mon 23 Nov, 14:00": an instant as seen from now."""
    local = instant.astimezone(month.zone)
    clock, days = f"{local:%H:%M}", (local.date() - month.today).days
    if clock == "00:00" and days == 1:
        return "midnight"
    return clock if days == 0 else f"{clock} tomorrow" if days == 1 else f"{local_date(local.date())}, {clock}"


def _lead(month: DemandMonth) -> str:
    running = month.running_window
    if running is None:
        return _outside(month)
    name = _window(running)
    until = f"until {moment(running.until, month)}" if running.until else "all the time"
    return f"In the {name} {until}: {_running_in_words(month)}."


def _outside(month: DemandMonth) -> str:
    following = month.next_window
    if following is None:
        return "No demand window now, and none within a year."
    return f"No demand window now. The next one is {_stretch(following, month)}."


def _stretch(stretch: Stretch, month: DemandMonth) -> str:
    start, name = moment(stretch.start, month), _window(stretch)
    is_soon = (stretch.start.astimezone(month.zone).date() - month.today).days == 0
    until = f", until {stretch.until.astimezone(month.zone):%H:%M}" if stretch.until else ""
    return f"the {name} {'at ' if is_soon else 'on ' if ',' in start else 'at '}{start}{until}"


def _running_in_words(month: DemandMonth) -> str:
    running, known = month.running, month.peak_to_beat
    if running.kw is None:
        return f"{_THIS} has no figure yet"
    if known is None:
        return f"{_THIS} runs at {kilowatts(running.kw)}, the first one measured this month"
    if running.least_kw > known.kw:
        return f"{_THIS} is a new peak already, with {kilowatts(running.least_kw)} at least"
    if running.kw > known.kw:
        return f"{_THIS} runs at {kilowatts(running.kw)}, a new peak if it goes on like this"
    return f"{_THIS} runs at {kilowatts(running.kw)}, your peak is {kilowatts(known.kw)}"


def _running(month: DemandMonth) -> str:
    end = f"{month.running.end.astimezone(month.zone):%H:%M}"
    if month.running_window is None:
        return f"until {end}, not billed"
    return f"until {end}, not measured yet" if month.running.kw is None else f"mean so far, until {end}"


def _peak_at(month: DemandMonth) -> str:
    peak = month.dearest
    if peak is None:
        return "not measured" if month.coverage_pct is not None else _nothing_billed(month)
    local = peak.start.astimezone(month.zone)
    return f"{local_date(local.date())}, {local:%H:%M}" + (", at least: measured in part" if peak.is_at_least else "")


def _nothing_billed(month: DemandMonth) -> str:
    return "no hour was billed yet" if month.has_windows else "no demand window this month"


def _so_far(month: DemandMonth) -> str:
    if month.cost.so_far_c is None:
        return _unknown(month)
    if month.coverage_pct is None:
        return _nothing_billed(month)
    if month.settings.unit == "month":
        return "for the whole month"
    return f"{month.cycle.days_begun(month.today)} of {month.cycle.days} days"


def _expected(month: DemandMonth) -> str:
    if month.coverage_pct is None and month.cost.so_far_c is not None:
        return _nothing_billed(month)
    return _unknown(month) if month.cost.expected_c is None else "if the peak stays"


def _unknown(month: DemandMonth) -> str:
    return "not measured" if any(window.rate_c_per_kw for window in month.settings.windows) else "enter the rate in Settings"


def _line(peak: Peak, month: DemandMonth) -> Line:
    local, unit = peak.start.astimezone(month.zone), _minor(month)
    a_time = "a day" if month.settings.unit == "day" else "a month"
    days = month.cycle.days if month.settings.unit == "day" else 1
    return Line(
        name=NAMES[peak.period],
        kw=("at least " if peak.is_at_least else "") + kilowatts(peak.kw),
        at=f"{local_date(local.date())}, {local:%H:%M}",
        rate=f"{peak.rate_c_per_kw:g}{THIN}{unit}/kW {a_time}" + (f" × {days} days" if month.settings.unit == "day" else ""),
        expected=money(peak.kw * peak.rate_c_per_kw * days, month.site.currency, signed=False) if peak.rate_c_per_kw else DASH,
    )


def _demand_coverage(month: DemandMonth) -> str:
    if month.coverage_pct is None or month.coverage_pct >= FULL_PCT:
        return ""
    return f"{pct(month.coverage_pct)} of the billed hours so far are measured. The rest is unknown, not zero: the peak may be higher."


def _energy_coverage(month: DemandMonth) -> str:
    covered = month.energy.coverage_pct
    if covered is None:
        return "No energy of this month has been measured and priced yet."
    if covered >= FULL_PCT:
        return ""
    return f"{pct(covered)} of the month so far is measured and priced. Energy so far is of that part alone."


def _supply(month: DemandMonth) -> str:
    charges, currency = month.supply.charges, month.site.currency
    told = [
        f"{money(amount_c, currency, signed=False)} a {time}"
        for amount_c, time in ((charges.daily_c, "day"), (charges.monthly_c, "month"))
        if amount_c is not None
    ]
    return f"Supply is {' and '.join(told)}." if told else ""


def _total(total: Total) -> str:
    if total.so_far_c is None:
        return ""
    missing = total.without_so_far if total.expected_c is None else total.without_expected
    return f"Not in it, since not known: {' and '.join(missing)}." if missing else ""


def _span(first: date, last: date) -> str:
    begins = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begins} to {last.day} {last:%b}"


def _minor(month: DemandMonth) -> str:
    return "p" if month.site.currency == "GBP" else "c"
