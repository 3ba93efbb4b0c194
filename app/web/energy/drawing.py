"""Energy as columns: above zero where it came from, below zero where it went."""

from app.domain.spans import SpanKind
from app.services.history.energy import EnergyHistory, EnergyRow
from app.web.filters import number
from app.web.history.columns import Chart, Column, draw, marks_of, places_of
from app.web.history.words import PARTLY_PCT


def draw_energy(history: EnergyHistory) -> Chart:
    """In kWh a step."""
    places = places_of(history.span, history.reach.zone, history.step_min)
    columns = [_column(row) for row in history.rows]
    return draw(columns, places, marks_of(history.reach), _kwh, 240.0, touch=history.span.kind is SpanKind.DAY)


def _column(row: EnergyRow) -> Column:
    flows = row.flows
    if flows is None:
        return Column(is_known=row.elapsed_s <= 0)
    amounts = {
        "f-solar": flows.solar_wh,
        "f-battery": flows.discharge_wh,
        "f-import": flows.import_wh,
        "f-home": -flows.load_wh,
        "f-battery f-taken": -flows.charge_wh,
        "f-export": -flows.export_wh,
    }
    is_partly = row.coverage_pct is not None and row.coverage_pct < PARTLY_PCT
    return Column({css: wh / 1000.0 for css, wh in amounts.items()}, is_partly=is_partly)


def _kwh(amount: float) -> str:
    size = abs(amount)
    return number(size, 0 if size >= 1 or size == 0 else 1 if size >= 0.1 else 2)
