"""The words around the figures of the energy page."""

from dataclasses import dataclass

from app.domain.spans import SpanKind
from app.services.history.energy import Compared, EnergyHistory, Flows
from app.web.filters import DASH, MINUS, THIN, kwh, number, pct
from app.web.history.words import FULL_PCT, coverage_words, part_words, share, so_far, span_title

_BEFORE = {kind: f"The {kind.value} before" for kind in SpanKind}
_FLOWS = (
    ("Solar", "solar_wh"),
    ("Home use", "load_wh"),
    ("Grid import", "import_wh"),
    ("Grid export", "export_wh"),
    ("Into the battery", "charge_wh"),
    ("Out of the battery", "discharge_wh"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in the comparison."""

    name: str
    now: str
    other: str
    change: str


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one page."""

    title: str
    chart_title: str
    part: str
    coverage: str
    lines: tuple[Line, ...]
    other_title: str
    other_coverage: str


def before_words(kind: SpanKind) -> str:
    return _BEFORE[kind]


def words_for(history: EnergyHistory, other: Compared) -> Words:
    """All words of one page; `other` is what it is compared with."""
    kind, today = history.span.kind, history.reach.today
    part = f"{history.step_min} minutes" if kind is SpanKind.DAY else part_words(kind)
    return Words(
        title=so_far(history.reach),
        chart_title=f"kWh a {part_words(kind)}" if kind is not SpanKind.DAY else f"kWh per {history.step_min}{THIN}min",
        part=part,
        coverage=coverage_words(history.coverage_pct, history.reach),
        lines=_lines(history.flows, other.flows) if other.flows is not None else (),
        other_title=_other_title(history, other, today.year),
        other_coverage=_other_coverage(other),
    )


def _other_title(history: EnergyHistory, other: Compared, year: int) -> str:
    title = span_title(other.span, history.reach.today)
    if history.reach.is_running and other.span.kind is SpanKind.DAY:
        return f"{title} until {history.reach.until.astimezone(history.reach.zone):%H:%M}"
    return title if other.span.last.year == year or str(other.span.last.year) in title else f"{title} {other.span.last.year}"


def _other_coverage(other: Compared) -> str:
    if other.flows is None or other.coverage_pct is None or other.coverage_pct >= FULL_PCT:
        return ""
    return f"{share(other.coverage_pct)} of that time was measured."


def _lines(now: Flows, other: Flows) -> tuple[Line, ...]:
    energies = [_energy(name, getattr(now, flow), getattr(other, flow)) for name, flow in _FLOWS]
    shares = [
        _share("Self-sufficiency", now.self_sufficiency_pct, other.self_sufficiency_pct),
        _share("Own use of solar", now.own_use_pct, other.own_use_pct),
    ]
    return (*energies, *shares)


def _energy(name: str, now_wh: float, other_wh: float) -> Line:
    return Line(name, kwh(now_wh), kwh(other_wh), _signed((now_wh - other_wh) / 1000.0, 1, "kWh"))


def _share(name: str, now_pct: float | None, other_pct: float | None) -> Line:
    change = DASH if now_pct is None or other_pct is None else _signed(now_pct - other_pct, 0, "points")
    return Line(name, pct(now_pct), pct(other_pct), change)


def _signed(value: float, digits: int, unit: str) -> str:
    text = number(value, digits)
    return f"{'' if text.startswith(MINUS) or float(text.replace(',', '')) == 0 else '+'}{text}{THIN}{unit}"
