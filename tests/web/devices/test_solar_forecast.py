"""A source of solar forecasts is linked, tested and removed on the pages of Devices."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.control.connections import load
from app.models.site import Site
from app.simulators.world import World
from tests.web.browser import send
from tests.web.devices.test_devices_pages import save, signed_in
from tests.web.forms import form_on, words_of

__all__ = ["signed_in"]
FORM = 'data-busy="Testing"'
ROOF = {"latitude": "-33.87", "longitude": "151.21", "planes-0-peak_kw": "8", "planes-0-tilt_deg": "20", "planes-0-azimuth_deg": "0"}


def filled(client: FlaskClient, address: str, fields: dict[str, str]) -> dict[str, str]:
    page = client.get(address).text
    sent = form_on(page, FORM)
    for name in fields:
        assert name in sent, (name, sorted(sent))
    return sent.to_dict() | fields


def test_the_sources_are_offered_with_what_they_are(signed_in: FlaskClient, linked: Site) -> None:
    assert "Without one it estimates from your own last days." in words_of(signed_in.get("/devices").text)
    words = words_of(signed_in.get("/devices/add/solar_forecast").text)
    assert [name for name in ("forecast.solar", "Open-Meteo", "Solcast") if name in words] == ["forecast.solar", "Open-Meteo", "Solcast"]


def test_a_roof_is_entered_tested_and_stored(signed_in: FlaskClient, linked: Site, session: Session, world: World) -> None:
    address = "/devices/add/solar_forecast/open_meteo"
    answer = signed_in.post(address, data=filled(signed_in, address, ROOF))
    assert answer.status_code == 200, words_of(answer.text)
    assert "Open-Meteo tells the sun on your roof; no account needed." in words_of(answer.text)
    assert load(session, linked.id, "solar_forecast") is None
    session.commit()
    save(signed_in, answer.text)
    row = load(session, linked.id, "solar_forecast")
    assert row is not None
    assert row.config["planes"] == [{"peak_kw": 8.0, "tilt_deg": 20.0, "azimuth_deg": 0.0}]
    session.commit()
    tested = words_of(send(signed_in, "/devices", f"/devices/{row.id}/test").text)
    assert "kWh of sun in the next 24 hours" in tested
    removal = words_of(signed_in.get(f"/devices/{row.id}/remove").text)
    assert "PowerSync then estimates the sun from your own last days." in removal
    send(signed_in, f"/devices/{row.id}/remove")
    session.expire_all()
    assert load(session, linked.id, "solar_forecast") is None


def test_a_roof_that_cannot_be_is_told_at_its_field(signed_in: FlaskClient, linked: Site, world: World) -> None:
    address = "/devices/add/solar_forecast/forecast_solar"
    answer = signed_in.post(address, data=filled(signed_in, address, ROOF | {"planes-0-tilt_deg": "95"}))
    assert answer.status_code == 422
    assert world.forecast_solar.requests == []
    assert form_on(answer.text, FORM)["planes-0-tilt_deg"] == "95"


def test_a_rooftop_site_is_chosen_after_the_key(signed_in: FlaskClient, linked: Site, session: Session, world: World) -> None:
    address = "/devices/add/solar_forecast/solcast"
    account = world.solcast.account
    answer = signed_in.post(address, data=filled(signed_in, address, {"api_key": account.key}))
    words = words_of(answer.text)
    assert "Solcast accepts the key." in words or "Solcast" in words
    assert "7.2 kW, looks north, tilt 20°" in words
    assert account.key not in answer.text
    save(signed_in, answer.text, choice=account.sites[0].resource_id)
    row = load(session, linked.id, "solar_forecast")
    assert row is not None
    assert row.config["resource_id"] == account.sites[0].resource_id
    assert world.solcast.calls_today == 0, "linking costs none of the day's calls"


def test_a_wrong_key_is_told_at_the_key(signed_in: FlaskClient, linked: Site, world: World) -> None:
    address = "/devices/add/solar_forecast/solcast"
    answer = signed_in.post(address, data=filled(signed_in, address, {"api_key": "wrongwrongwrong"}))
    assert answer.status_code == 422
    assert "the key was not accepted" in words_of(answer.text)
    assert "wrongwrong" not in answer.text
