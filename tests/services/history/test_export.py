"""Histories as comma-separated values have the figures of the page, and nothing where nothing is known."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.domain.spans import SpanKind, span_of
from app.services.history import export
from app.services.history.battery import battery_history
from app.services.history.energy import energy_history
from app.services.history.money import money_history
from tests.conftest import NOW
from tests.services.summaries.homes import RecordedHome

MONDAY = date(2026, 11, 16)
NOVEMBER = span_of(SpanKind.MONTH, MONDAY)


@pytest.fixture
def home(session: Session) -> RecordedHome:
    return RecordedHome(session).metered(MONDAY).priced(MONDAY).rolled_up()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_energy(home: RecordedHome) -> None:
    found = rows(export.energy_csv(energy_history(home.session, home.site, NOW, NOVEMBER)))
    assert len(found) == 20
    assert found[15] == {
        "start": "2026-11-16T00:00:00+11:00",
        "end": "2026-11-17T00:00:00+11:00",
        "measured_pct": "100.0",
        "solar_kwh": "14.4",
        "home_kwh": "12.0",
        "import_kwh": "4.8",
        "export_kwh": "4.8",
        "battery_in_kwh": "7.2",
        "battery_out_kwh": "4.8",
    }
    assert (found[0]["measured_pct"], found[0]["solar_kwh"]) == ("0.0", "")


def test_money(home: RecordedHome) -> None:
    found = rows(export.money_csv(money_history(home.session, home.site, NOW, NOVEMBER)))[15]
    assert (found["paid_for_import"], found["received_for_export"], found["supply"], found["result"]) == ("1.44", "0.24", "", "-1.2")
    assert found["result_without_battery"] == "-2.28"
    assert found["result_battery_on_its_own"] != ""


def test_battery(home: RecordedHome) -> None:
    found = rows(export.battery_csv(battery_history(home.session, home.site, NOW, NOVEMBER)))
    assert (found[15]["charge_low_pct"], found[15]["full_cycles"]) == ("50.0", "0.48")
    assert (found[0]["charge_low_pct"], found[0]["full_cycles"]) == ("", "")
