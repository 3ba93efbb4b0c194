"""A test says what works and what does not, in words, and only reads."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from app.clock import utc_now
from app.control.surroundings import Surroundings
from app.devices.registry import device_brands
from app.domain.brands import Brand
from app.domain.power import LiveReading
from app.feeds.registry import retailer_brands
from app.services import proving
from app.services.proving import Proof, prove
from app.simulators import effects
from app.simulators.world import World
from tests.conftest import NOW

ZONE = ZoneInfo("Australia/Sydney")


def a_battery(world: World, **changes: str) -> tuple[Brand, BaseModel]:
    brand = device_brands("battery")["tesla"]
    values = {name: value for name, value in world.site_file()["battery"].items() if name != "brand"}
    return brand, brand.fields(**{**values, **changes})


def a_retailer(world: World, **changes: str) -> tuple[Brand, BaseModel]:
    brand = retailer_brands()["amber"]
    values = {name: value for name, value in world.site_file()["retailer"].items() if name != "brand"}
    return brand, brand.fields(**{**values, **changes})


def proof(around: Surroundings, made: tuple[Brand, BaseModel]) -> Proof:
    return prove(around, *made, ZONE, utc_now())


def states(result: Proof) -> dict[str, str]:
    return {row.title: row.state for row in result.rows}


def note(result: Proof, title: str) -> str:
    return next(row.note for row in result.rows if row.title == title)


def test_a_good_battery_is_read_and_never_written(around: Surroundings, world: World):
    result = proof(around, a_battery(world))
    assert result.is_good
    expected = {"Reach it": "ok", "Know it": "ok", "Read power": "ok", "Read settings": "ok", "Change its settings": "none"}
    assert states(result) == expected
    assert "13.5\u202fkWh" in note(result, "Know it")
    assert "charge 62\u202f%" in note(result, "Read power")
    assert "backup reserve: 20 %" in note(result, "Read settings")
    assert world.teslemetry.writes() == []


def test_a_refused_key_ends_the_test_after_one_request(around: Surroundings, world: World):
    result = proof(around, a_battery(world, token="tok_wrong"))
    assert not result.is_good
    assert list(states(result).values()) == ["ok", "lost", "none", "none", "none"]
    assert "Teslemetry" in note(result, "Know it")
    assert "tok_wrong" not in str(result)
    assert len(world.teslemetry.requests) == 1


def test_what_cannot_be_reached_is_not_tried_further(around: Surroundings, world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.transports.http.WAITS_S", ())
    world.faults.add(effects.Refused(), server="teslemetry")
    result = proof(around, a_battery(world))
    assert list(states(result).values()) == ["lost", "none", "none", "none", "none"]
    assert "refused" in note(result, "Reach it")


def test_a_mode_that_ignores_prices_is_told(around: Surroundings, world: World):
    world.powerwall.owner_sets(default_real_mode="self_consumption")
    result = proof(around, a_battery(world))
    assert states(result)["Read settings"] == "late"
    assert "ignores prices" in note(result, "Read settings")
    assert "self_consumption" not in str(result)


def test_a_good_retailer_tells_prices_now_and_ahead(around: Surroundings, world: World):
    result = proof(around, a_retailer(world))
    assert list(states(result).values()) == ["ok", "ok", "ok", "ok"]
    assert "NMI 312•••2345" in note(result, "Know your site")
    assert "to buy" in note(result, "Read the price now")
    assert note(result, "See prices ahead").startswith("Known until ")


def test_a_short_horizon_is_a_note_and_not_a_failure(around: Surroundings, world: World):
    world.faults.add(effects.ShortHorizon(hours=3), server="amber")
    result = proof(around, a_retailer(world))
    assert states(result)["See prices ahead"] == "late"
    assert result.is_good


def test_a_site_that_is_closed_is_told(around: Surroundings, world: World):
    closed = world.amber.account.sites[0].id
    result = proof(around, a_retailer(world, site_id=closed))
    assert states(result)["Know your site"] == "lost"
    assert not result.is_good


def a_reading(**changes: object) -> LiveReading:
    values = {"taken_at": NOW, "source": "x", "solar_w": 1000.0, "grid_w": -400.0, "battery_w": 0.0, "load_w": 600.0, "soc_pct": 62.0}
    return LiveReading(**{**values, **changes})  # type: ignore[arg-type]


def test_powers_that_do_not_add_up_are_told():
    assert proving._live_in_words(a_reading(), NOW)[0] == "ok"
    state, words = proving._live_in_words(a_reading(grid_w=400.0), NOW)
    assert state == "late"
    assert "0.8\u202fkW are not explained" in words


def test_an_old_reading_is_told_with_its_age():
    state, words = proving._live_in_words(a_reading(), NOW + timedelta(minutes=5))
    assert (state, "5 minutes ago" in words) == ("late", True)


def test_a_reading_without_a_figure_is_a_failure():
    nothing = a_reading(solar_w=None, grid_w=None, battery_w=None, load_w=None, soc_pct=None)
    assert proving._live_in_words(nothing, NOW)[0] == "lost"


def test_directions_are_words():
    words = proving._live_in_words(a_reading(battery_w=-2000.0, grid_w=1600.0), NOW)[1]
    assert "battery charging 2.0\u202fkW" in words
    assert "importing 1.6\u202fkW" in words
    assert "battery at rest" in proving._live_in_words(a_reading(), NOW)[1]
