"""What programs read is what the pages show."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.control import journal
from app.domain.reasons import because
from app.models.energy import EnergyInterval
from app.models.policy_settings import PolicySettings
from app.models.site import Site
from app.models.user import User
from app.services.policy_forms import stored_from
from tests.conftest import NOW
from tests.services.overview.homes import Home
from tests.services.plan_page.homes import keep, no_prices, optimizer, problem, two_days
from tests.web.api.programs import Program, a_program


def test_the_home_as_of_now(reader: Program, home: Home):
    told = reader.ask("/site").json
    assert told["site"] == {"name": "Home", "timezone": "Australia/Sydney", "currency": "AUD", "control": "on"}
    assert told["sentence"].startswith("Your battery plans with Amber Electric prices: 39.5 c to buy")
    assert told["live"] == {
        "freshness": "fresh",
        "taken_at": "2026-11-20T05:41:36Z",
        "solar_w": 1140,
        "grid_w": 580,
        "battery_w": 0,
        "load_w": 1720,
        "soc_pct": 62.0,
        "is_outage": False,
    }
    assert told["price"] == {
        "freshness": "fresh",
        "source": "Amber Electric",
        "import_c_per_kwh": 39.5,
        "feed_in_c_per_kwh": 9.0,
        "until": "2026-11-20T05:45:00Z",
    }
    assert (told["decision"]["policy"], told["decision"]["command"]) == ("tariff_sync", "follow-tariff")
    assert told["wish"] is None
    assert told["problems"] == []


def test_what_is_lost_is_null_and_says_so(reader: Program, clock: Any):
    clock.shift(timedelta(hours=1))
    told = reader.ask("/site").json
    assert told["live"]["freshness"] == told["price"]["freshness"] == "lost"
    assert [told["live"][name] for name in ("solar_w", "grid_w", "battery_w", "load_w", "soc_pct")] == [None] * 5
    assert (told["price"]["import_c_per_kwh"], told["price"]["feed_in_c_per_kwh"]) == (None, None)
    assert "PowerSync has stopped deciding" in told["sentence"]
    assert told["problems"]


def test_an_empty_home_has_nothing_and_no_mistake(client: FlaskClient, session: Session, owner: User, a_site: Any, clock: Any):
    site: Site = a_site(owner)
    program = a_program(client, session, site, owner)
    told = program.ask("/site").json
    assert (told["price"], told["decision"], told["live"]["freshness"]) == (None, None, "none")
    assert program.ask("/prices").json == {"known_until": None, "intervals": [], "problem": "This site has no retailer yet."}
    assert program.ask("/tariff").json == {"slots": [], "problem": "no prices have arrived yet"}
    assert program.ask("/energy").json == {"minutes": 30, "intervals": []}
    assert program.ask("/journal").json == {"entries": [], "next_before": None}


def test_prices_begin_with_the_running_interval(reader: Program, home: Home):
    told = reader.ask("/prices").json
    first = told["intervals"][0]
    assert first == {
        "start": "2026-11-20T05:40:00Z",
        "end": "2026-11-20T05:45:00Z",
        "import_c_per_kwh": 39.5,
        "feed_in_c_per_kwh": 9.0,
        "quality": "current",
        "source": "amber",
    }
    assert told["known_until"] == told["intervals"][-1]["end"]
    assert {each["quality"] for each in told["intervals"][1:]} == {"forecast"}


def test_the_tariff_has_48_half_hours(reader: Program):
    told = reader.ask("/tariff").json
    assert [each["local_time"] for each in told["slots"]][:3] == ["00:00", "00:30", "01:00"]
    assert len(told["slots"]) == 48
    dearest = max(told["slots"], key=lambda each: each["import_c_per_kwh"])
    assert (dearest["local_time"], dearest["import_c_per_kwh"]) == ("18:30", 55.0)


def test_the_plan_from_the_running_step_on(reader: Program, home: Home):
    assert reader.ask("/plan").json["problem"] == "The optimizer is switched off."
    optimizer(home)
    assert reader.ask("/plan").json["problem"] == "No plan has been made yet."
    keep(home, two_days())
    told = reader.ask("/plan").json
    assert (told["freshness"], told["is_carried_out"], told["made_at"]) == ("fresh", True, "2026-11-20T05:40:00Z")
    assert (told["command"], told["cost_c"], told["without_plan_c"], told["problem"]) == ("hold", 120.0, 200.0, None)
    assert told["sentence"] == "Running your home from sun and battery: buying would cost 30.0 c."
    assert [each["action"] for each in told["steps"][:4]] == ["hold", "run-home", "charge", "hold"]
    run = told["steps"][1]
    assert (run["battery_w"], run["grid_w"], run["import_c_per_kwh"], run["soc_end_pct"]) == (1000.0, 0.0, 55.0, 27.0)


def test_an_old_plan_says_so_and_why(reader: Program, home: Home, clock: Any):
    keep(optimizer(home), two_days())
    problem(home, no_prices())
    clock.shift(timedelta(hours=3))
    told = reader.ask("/plan").json
    assert (told["freshness"], told["problem"]) == ("lost", "No prices ahead are known.")
    assert told["steps"][0]["action"] == "run-home"


def test_energy_is_that_of_local_days(reader: Program, session: Session, home: Home):
    flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 1.0)
    midnight = NOW.replace(hour=13, minute=0) - timedelta(days=1)  # Sydney is at UTC+11
    for start in (midnight - timedelta(minutes=30), midnight, midnight + timedelta(hours=23, minutes=30), midnight + timedelta(days=1)):
        session.add(EnergyInterval(site_id=home.site.id, minutes=30, start=start, covered_s=1800, **flows))
    session.commit()

    def starts(query: str) -> list[str]:
        return [each["start"][5:16] for each in reader.ask(f"/energy{query}").json["intervals"]]

    assert starts("?day=2026-11-20") == ["11-19T13:00", "11-20T12:30"]
    assert starts("") == starts("?day=2026-11-20")
    assert starts("?day=2026-11-19&days=2") == ["11-19T12:30", "11-19T13:00", "11-20T12:30"]
    assert len(starts("?day=2026-11-20&minutes=5")) == 186  # 15.5 hours of the builder
    assert starts("?day=9999-12-31&days=31") == []


def test_energy_of_an_unknown_price_has_no_cost(reader: Program, session: Session, home: Home):
    flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 1.0)
    session.add(EnergyInterval(site_id=home.site.id, minutes=30, start=NOW.replace(minute=30), covered_s=900, **flows))
    session.commit()
    only = reader.ask("/energy").json["intervals"][0]
    assert (only["covered_s"], only["import_cost_c"], only["soc_pct"]) == (900, None, None)


def test_the_journal_goes_back_page_by_page(reader: Program, home: Home):
    for _ in range(3):
        journal.write(home.session, home.site.id, NOW, "decision", because("restored"), "told")
    home.session.commit()
    first = reader.ask("/journal?limit=2").json
    assert [each["sentence"] for each in first["entries"]] == ["Your own settings are back."] * 2
    rest = reader.ask(f"/journal?limit=2&before={first['next_before']}").json
    assert len(rest["entries"]) == 1
    assert rest["next_before"] is None
    assert rest["entries"][0]["id"] < first["entries"][-1]["id"]


def test_settings_are_those_of_the_owner_without_any_key(reader: Program, session: Session, home: Home):
    values = stored_from("chip_mode", {}) | {"enabled": True}
    session.add(PolicySettings(site_id=home.site.id, policy="chip_mode", version=1, values=values, changed_at=NOW))
    home.site.max_export_w = 5000
    session.commit()
    answer = reader.ask("/settings")
    assert answer.json["limits"] == {"max_import_w": None, "max_export_w": 5000}
    policies = {each["name"]: each for each in answer.json["policies"]}
    assert policies["chip_mode"]["values"]["enabled"] is True
    assert policies["chip_mode"]["revision"] == 1
    assert policies["export_boost"]["revision"] == 0
    for secret in ("psk_0123456789", "a-token"):
        assert secret not in answer.text


@pytest.mark.parametrize("path", ["/site", "/prices", "/tariff", "/energy", "/journal", "/settings", "/wishes"])
def test_what_has_not_changed_is_answered_with_304(reader: Program, path: str):
    first = reader.ask(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    again = reader.ask(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_changed_price_is_not_304(reader: Program, session: Session, home: Home):
    first = reader.ask("/site")
    home.reading(age=timedelta(seconds=2), soc_pct=61.0)
    again = reader.ask("/site", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json["live"]["soc_pct"]) == (200, 61.0)


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("day=20.11.2026", "day"),
        ("day=2026-13-01", "day"),
        ("day=0", "day"),
        ("days=0", "days"),
        ("days=32", "days"),
        ("days=1_0", "days"),
        ("minutes=15", "minutes"),
        ("dya=2026-11-20", "dya"),
    ],
)
def test_a_slip_in_the_address_is_named(reader: Program, query: str, where: str):
    answer = reader.ask(f"/energy?{query}")
    assert answer.status_code == 422
    assert [each["where"] for each in answer.json["errors"]] == [where]


def test_a_name_given_twice_is_refused(reader: Program):
    assert reader.ask("/energy?days=1&days=2").status_code == 422
