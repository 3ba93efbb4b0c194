"""A source of solar forecasts: in the site file, tested, and shown with its age."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.control.connections import Opener, load
from app.control.forecasts import calls
from app.control.forecasts.fetch import fetch_due
from app.control.surroundings import Surroundings
from app.feeds.registry import solar_forecast_brands
from app.models.connection import Connection
from app.models.site import Site
from app.models.user import User
from app.services import connecting_view, sites
from app.services.connecting_view import addable
from app.services.proving import Proof, prove
from app.services.site_file import SiteFileError, parse, schema, validate
from app.simulators import effects as e
from app.simulators.world import World

ZONE = ZoneInfo("Australia/Sydney")
BRANDS = ("forecast_solar", "open_meteo", "solcast")


def file_with(world: World, owner: User, brand: str, **changed: Any) -> dict[str, Any]:
    return world.site_file("Home", "watch", owner.email) | {"solar_forecast": world.solar_forecast_entry(brand) | changed}


def imported(session: Session, world: World, owner: User, brand: str) -> Site:
    return sites.import_file(session, validate(file_with(world, owner, brand)), utc_now())


def proof(around: Surroundings, world: World, brand: str, **changed: Any) -> Proof:
    declared = solar_forecast_brands()[brand]
    values = {name: value for name, value in world.solar_forecast_entry(brand).items() if name != "brand"} | changed
    return prove(around, declared, declared.fields(**values), ZONE, utc_now())


def states(result: Proof) -> dict[str, str]:
    return {row.title: row.state for row in result.rows}


@pytest.mark.parametrize("brand", BRANDS)
def test_a_site_file_comes_back_as_it_went_in(session: Session, world: World, owner: User, brand: str) -> None:
    site = imported(session, world, owner, brand)
    exported = sites.export_file(session, site, "correct horse battery")
    assert exported["solar_forecast"]["brand"] == brand
    if brand == "solcast":
        assert world.solcast.account.key not in str(exported)
    again = parse(json.dumps(exported), "correct horse battery")
    assert [entry.fields for entry in again.connections if entry.role == "solar_forecast"] == [
        entry.fields for entry in validate(file_with(world, owner, brand)).connections if entry.role == "solar_forecast"
    ]


def test_a_file_without_a_source_unlinks_it(session: Session, world: World, owner: User) -> None:
    site = imported(session, world, owner, "open_meteo")
    sites.import_file(session, validate(world.site_file("Home", "watch", owner.email)), utc_now())
    assert load(session, site.id, "solar_forecast") is None


def test_mistakes_are_named_with_their_path(world: World, owner: User) -> None:
    wrong = file_with(world, owner, "open_meteo", planes=[{"peak_kw": 5, "tilt_deg": 95, "azimuth_deg": 0}], colour="red")
    with pytest.raises(SiteFileError) as refused:
        validate(wrong)
    assert any(each.startswith("solar_forecast.planes.0.tilt_deg: ") for each in refused.value.problems)
    assert any(each.startswith("solar_forecast.colour: unknown key; allowed: brand, latitude") for each in refused.value.problems)
    with pytest.raises(SiteFileError, match=r"solar_forecast\.brand: 'sun' is not known; allowed: forecast_solar, open_meteo, solcast"):
        validate(file_with(world, owner, "open_meteo") | {"solar_forecast": {"brand": "sun"}})


def test_the_schema_knows_all_sources() -> None:
    found = schema()["properties"]["solar_forecast"]["oneOf"]
    assert [each["properties"]["brand"]["const"] for each in found] == list(BRANDS)


@pytest.mark.parametrize("brand", BRANDS)
def test_a_good_source_tells_the_sun_of_a_day_and_how_far_it_sees(around: Surroundings, world: World, brand: str) -> None:
    result = proof(around, world, brand)
    assert result.is_good
    known = {"Know your site": "ok"} if brand == "solcast" else {}
    assert states(result) == {"Reach it": "ok", **known, "Read the forecast": "ok", "See ahead": "ok"}
    notes = {row.title: row.note for row in result.rows}
    assert "kWh of sun in the next 24 hours, at most" in notes["Read the forecast"]
    assert notes["See ahead"].startswith("Known until ")
    assert ("temperature" in notes["See ahead"]) is (brand == "open_meteo")
    assert not any(row.title == "Change its settings" for row in result.rows)


def test_values_that_are_no_sun_make_a_note(around: Surroundings, world: World) -> None:
    world.faults.add(e.BadSun("text"), server="open_meteo")
    result = proof(around, world, "open_meteo")
    assert states(result)["Read the forecast"] == "late"
    assert result.is_good


@pytest.mark.parametrize("brand", BRANDS)
def test_a_source_that_is_down_is_told(around: Surroundings, world: World, brand: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.transports.http.WAITS_S", ())
    world.faults.add(e.Refused(), server=brand)
    result = proof(around, world, brand)
    assert not result.is_good
    assert states(result)["Reach it"] == "lost"


def test_a_refused_key_ends_the_test(around: Surroundings, world: World) -> None:
    result = proof(around, world, "solcast", api_key="wrongwrongwrong")
    assert states(result)["Know your site"] == "lost"
    assert "wrongwrong" not in str(result)
    assert len(world.solcast.requests) == 1


def test_tests_count_against_the_days_calls_and_stop_at_their_end(
    around: Surroundings, session: Session, world: World, owner: User
) -> None:
    site = imported(session, world, owner, "solcast")
    account = session.query(Connection).filter_by(site_id=site.id, role="solar_forecast").one().account
    session.commit()
    assert all(proof(around, world, "solcast").is_good for _ in range(10))
    with around.reading() as reading:
        assert calls.made_today(reading, "solcast", account, utc_now()) == 10
    last = proof(around, world, "solcast")
    assert states(last)["Read the forecast"] == "lost"
    assert "00:00 UTC" in str(last)
    assert world.solcast.calls_today == 10


def test_its_card_shows_the_age_of_the_forecast_and_how_it_is_set_up(
    session: Session, around: Surroundings, world: World, owner: User
) -> None:
    site = imported(session, world, owner, "open_meteo")
    row = load(session, site.id, "solar_forecast")
    assert row is not None
    session.commit()
    now = utc_now()

    def seen(at: Any) -> connecting_view.ConnectionView:
        found = next(each for each in connecting_view.views(around, session, site.id, at) if each.role == "solar_forecast")
        session.commit()
        return found

    assert seen(now).health.state == "waiting"
    assert fetch_due(around, Opener(around, utc_now), row.id, now) is not None
    session.expire_all()
    fresh = seen(now)
    assert (fresh.health.state, fresh.role_title) == ("ok", "Solar forecast")
    assert ("Roof faces", "1") in fresh.config
    assert [seen(now + timedelta(hours=hours)).health.state for hours in (1, 2, 25)] == ["ok", "late", "lost"]
    assert "solar_forecast" not in [room.role for room in addable(session, site.id)], "one source is enough"
