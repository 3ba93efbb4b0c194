"""The page of saved tariffs: what it lists, what its buttons do, and what it answers when it cannot."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.control.connections import load
from app.domain.codec import to_json
from app.domain.opinions import Charge
from app.models.control import Baseline, DeviceState, LastDecision
from app.models.site import Membership, Site
from app.models.tariffs import SavedTariff
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.simulators.gateway_tariff import time_of_use_plan
from app.web.saved_tariffs import views
from tests.conftest import PASSWORD
from tests.web.browser import csrf_token, send, sign_in
from tests.web.prices.home import NOW, a_home

HERE = "/tariffs/saved"
OWN = time_of_use_plan("My time of use", "AUD", [(0, 0.24, 0.05), (15, 0.52, 0.08), (21, 0.24, 0.05)])
WINTER = time_of_use_plan("Winter plan", "AUD", [(0, 0.20, 0.04), (16, 0.44, 0.10), (22, 0.20, 0.04)])
SETTINGS = {"mode": "autonomous", "reserve_pct": 20, "grid_charging": True, "tariff": OWN}
OURS = {**WINTER, "code": "POWERSYNC:SYNC", "name": "Amber (PowerSync)"}


@pytest.fixture(autouse=True)
def _a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "utc_now", lambda: NOW)


@pytest.fixture
def site(owner: User, session: Session, client: FlaskClient) -> Site:
    """A home with control on whose battery was read a moment ago."""
    home = a_home(session)
    sign_in(client)
    shows(session, home, SETTINGS)
    return home


def shows(session: Session, site: Site, settings: dict[str, Any]) -> None:
    found = {"found": settings, "confirmed": settings, "found_at": NOW - timedelta(seconds=30)}
    session.merge(DeviceState(connection_id=battery_id(session, site), sent={}, attempts=0, drifts=[], **found))
    session.commit()


def battery_id(session: Session, site: Site) -> int:
    battery = load(session, site.id, "battery")
    assert battery is not None
    return battery.id


def follows_prices(session: Session, site: Site, **decided: Any) -> None:
    """The battery shows PowerSync's plan, and the owner's settings are kept."""
    shows(session, site, {**SETTINGS, "tariff": OURS})
    kept = {"settings": SETTINGS, "stored_at": NOW, "changed_at": NOW, "refused": {}}
    session.merge(Baseline(connection_id=battery_id(session, site), **kept))
    params = {"retailer": "Amber", "import_c": 39.5, "feed_in_c": 9.0, "known_until": to_json(NOW + timedelta(hours=30))}
    values = {"policy": "tariff_sync", "command": {"is": "FollowTariff", "replan": False}, "code": "follows_prices", "params": params}
    rest: dict[str, Any] = {
        "at": NOW,
        "began_at": NOW,
        "expires_at": NOW + timedelta(minutes=15),
        "wishes": [],
        "limits": {},
        "problems": [],
    }
    session.merge(LastDecision(site_id=site.id, **{**rest, **values, **decided}))
    session.commit()


def keep(session: Session, site: Site, name: str = "Winter", tariff: dict[str, Any] = WINTER, **more: Any) -> SavedTariff:
    row = SavedTariff(site_id=site.id, name=name, tariff=tariff, saved_at=NOW, **{"brand": "tesla", **more})
    session.add(row)
    session.commit()
    return row


def text_of(client: FlaskClient, address: str = HERE, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    return words(answer.text)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("\u202f", " ")))


def press(client: FlaskClient, row: SavedTariff, what: str, **fields: Any) -> TestResponse:
    return send(client, HERE, f"{HERE}/{row.id}/{what}", **fields)


def upload(client: FlaskClient, content: Any, name: str = "winter.json") -> TestResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    data = {"csrf_token": csrf_token(client, HERE), "file": (io.BytesIO(body), name)}
    return client.post(f"{HERE}/import", data=data, content_type="multipart/form-data")


def stored(session: Session, site: Site) -> list[SavedTariff]:
    session.expire_all()
    rows = session.query(SavedTariff).filter_by(site_id=site.id).order_by(SavedTariff.id).all()
    session.commit()
    return rows


def test_the_first_time_the_page_says_what_will_be_here(site: Site, client: FlaskClient) -> None:
    text = text_of(client)
    assert "No saved tariff yet" in text
    assert "Yours is “My time of use”." in text


def test_the_tariff_page_leads_here_and_stays_marked(site: Site, client: FlaskClient) -> None:
    assert f'href="{HERE}">Saved tariffs</a>' in client.get("/tariff").text
    assert re.search(r'<a href="/tariff" aria-current="page">.*?Tariff', client.get(HERE).text, re.DOTALL)


def test_the_present_tariff_is_saved_and_shown_as_current(site: Site, session: Session, client: FlaskClient) -> None:
    answer = send(client, HERE, name="Mine", note="Until June")
    assert answer.location == HERE
    (row,) = stored(session, site)
    assert (row.name, row.note, row.tariff, row.saved_at) == ("Mine", "Until June", OWN, NOW)
    text = text_of(client)
    assert "Saved as “Mine”." in text
    assert (
        "Mine Current Until June “My time of use” in the app of your Tesla Powerwall. Saved Fri 20 Nov, 16:42. Your battery holds it"
        in text
    )
    assert "which is saved already" in text


def test_a_name_that_is_taken_is_said_at_the_name_and_nothing_typed_is_lost(site: Site, session: Session, client: FlaskClient) -> None:
    keep(session, site)
    answer = send(client, HERE, name="Winter", note="<b>mine</b>")
    assert answer.status_code == 422
    assert re.search(r'id="name-error">.*?Another saved tariff has this name\.', answer.text, re.DOTALL)
    assert 'value="&lt;b&gt;mine&lt;/b&gt;"' in answer.text
    assert len(stored(session, site)) == 1


def test_powersyncs_own_plan_is_not_saved_and_the_page_says_why(site: Site, session: Session, client: FlaskClient) -> None:
    shows(session, site, {**SETTINGS, "tariff": OURS})
    assert "Your battery holds a tariff that PowerSync wrote, and yours is not known." in text_of(client)
    assert re.search(r"<button[^>]*disabled[^>]*>Save</button>", client.get(HERE).text)
    answer = send(client, HERE, name="Mine")
    assert answer.status_code == 422
    assert "Not saved. Your battery holds a tariff that PowerSync wrote" in words(answer.text)
    assert stored(session, site) == []


def test_while_prices_are_followed_the_page_says_when_one_is_used(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site)
    follows_prices(session, site)
    text = text_of(client)
    assert "PowerSync steers the tariff now. A saved tariff is used as soon as it no longer does." in text
    assert "Yours is “My time of use”. PowerSync gives it back to your battery when it no longer steers the tariff." in text
    assert press(client, row, "use").location == HERE
    text = text_of(client)
    assert "“Winter” is your tariff now. The one before is kept as “Before Fri 20 Nov 2026, 16:42”." in text
    assert "Used as soon as PowerSync no longer steers the tariff" in text
    assert 'href="/settings#tariff_sync">Switch tariff sync off</a>' in client.get(HERE).text


def test_a_takeover_is_no_reason_to_switch_tariff_sync_off(site: Site, session: Session, client: FlaskClient) -> None:
    keep(session, site)
    until = NOW + timedelta(minutes=30)
    follows_prices(session, site, policy="owner", command=to_json(Charge()), code="owner_charge", params={"until": to_json(until)})
    assert "You asked to charge until 17:12." in text_of(client)
    assert "Switch tariff sync off" not in client.get(HERE).text


def test_one_that_is_used_at_once_is_on_its_way(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site)
    press(client, row, "use")
    text = text_of(client)
    assert "On its way to your battery" in text
    assert "PowerSync steers" not in text
    assert session.get_one(Baseline, battery_id(session, site)).settings == {**SETTINGS, "tariff": WINTER}


def test_nothing_is_used_while_only_watching(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site)
    site.control = "watch"
    session.merge(site)
    session.commit()
    assert re.search(r'disabled title="Watch only: PowerSync sends nothing">Use now', client.get(HERE).text)
    assert 'href="/setup/control">Switch control on</a>' in client.get(HERE).text
    press(client, row, "use")
    text = text_of(client)
    assert "Control is off: PowerSync only watches and sends nothing. Switch control on to use a saved tariff." in text
    assert session.get(Baseline, battery_id(session, site)) is None


def test_the_default_is_chosen_shown_and_ended(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site)
    press(client, row, "default")
    text = text_of(client)
    assert "Your battery goes back to “Winter” whenever PowerSync stops steering it." in text
    assert "Winter Default" in text
    press(client, row, "no-default")
    assert "From now on your battery goes back to the tariff that it had." in text_of(client)
    assert [row.is_default for row in stored(session, site)] == [False]


def test_a_default_for_another_battery_is_said_to_be_ignored(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site, brand="another", is_default=True)
    text = text_of(client)
    assert "Your default is not used. “Winter” is for another kind of battery." in text
    assert "For another kind of battery (unknown here)." in text
    assert "Use now" not in text
    press(client, row, "default")
    assert "This tariff is for another kind of battery (unknown here). Yours is a Tesla Powerwall." in text_of(client)


def test_renaming_keeps_the_tariff(site: Site, session: Session, client: FlaskClient) -> None:
    row, other = keep(session, site), keep(session, site, "Summer")
    address = f"{HERE}/{row.id}/rename"
    assert 'value="Winter"' in client.get(address).text
    refused = send(client, address, name="Summer", note="")
    assert refused.status_code == 422
    assert "Another saved tariff has this name." in refused.text
    assert send(client, address, name="Cold", note="June").location == HERE
    assert "“Winter” is now “Cold”." in text_of(client)
    assert [(each.name, each.note, each.tariff) for each in stored(session, site)] == [("Cold", "June", WINTER), (other.name, "", WINTER)]
    assert "200 characters" in send(client, address, name="Cold", note="x" * 201).text


def test_deleting_asks_first_and_says_what_stays(site: Site, session: Session, client: FlaskClient) -> None:
    row, default = keep(session, site), keep(session, site, "Mine", is_default=True)
    asked = text_of(client, f"{HERE}/{row.id}/delete")
    assert "Delete “Winter”?" in asked
    assert "What your battery does stays as it is." in asked
    assert "This is your default" not in asked
    assert "This is your default. Without it your battery goes back to the tariff that it had" in text_of(
        client, f"{HERE}/{default.id}/delete"
    )
    assert len(stored(session, site)) == 2, "asking deletes nothing"
    assert send(client, f"{HERE}/{default.id}/delete").location == HERE
    assert "“Mine” is deleted." in text_of(client)
    assert [each.name for each in stored(session, site)] == ["Winter"]


def test_the_raw_form_is_shown_as_text(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site, "<i>Winter</i>", {**WINTER, "name": "</pre><script>alert(1)</script>"})
    html = client.get(f"{HERE}/{row.id}/raw").text
    assert "&lt;/pre&gt;&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html
    assert "<i>Winter" not in html
    assert "<i>Winter" not in client.get(HERE).text


def test_a_file_goes_out_and_comes_in_again(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site, "Winter 2026")
    answer = client.get(f"{HERE}/{row.id}/file")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tariff-winter-2026.json"'
    assert upload(client, answer.data).location == HERE
    assert "Imported as “Winter 2026 (2)”." in text_of(client)
    assert [each.tariff for each in stored(session, site)] == [WINTER, WINTER]


def test_a_file_that_is_none_is_refused_at_its_field(site: Site, session: Session, client: FlaskClient) -> None:
    file = {"powersync_tariff": 1, "name": "Theirs", "brand": "sungrow", "tariff": WINTER}
    for content, reason in ((file, "for another kind of battery"), (b"x" * 200_001, "at most 200 kB"), (b"PK", "not JSON text")):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert re.search(rf'id="file-error">.*?{reason}', answer.text, re.DOTALL)
    nothing = send(client, HERE, f"{HERE}/import")
    assert nothing.status_code == 422
    assert "Choose a file." in nothing.text
    assert stored(session, site) == []


@pytest.fixture
def another(session: Session, passwords: Passwords, client: FlaskClient) -> FlaskClient:
    """Somebody else with a home of their own, signed in."""
    accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    other = client.application.test_client()
    sign_in(other, "other@example.com")
    return other


READS, WRITES = ("raw", "file", "rename", "delete"), ("use", "default", "no-default", "rename", "delete")


def test_anothers_saved_tariff_does_not_exist(
    site: Site, session: Session, another: FlaskClient, a_site: Callable[..., Site], passwords: Passwords
) -> None:
    other = session.query(User).filter_by(email="other@example.com").one()
    a_site(other, name="Theirs", control="on")
    row = keep(session, site)
    for what in READS:
        assert another.get(f"{HERE}/{row.id}/{what}").status_code == 404, what
    token = csrf_token(another, HERE)
    for what in WRITES:
        assert another.post(f"{HERE}/{row.id}/{what}", data={"csrf_token": token, "name": "Taken"}).status_code == 404, what
    assert [(each.name, each.is_default) for each in stored(session, site)] == [("Winter", False)]
    assert "Winter" not in another.get(HERE).text


def test_a_viewer_looks_and_changes_nothing(site: Site, session: Session, another: FlaskClient) -> None:
    other = session.query(User).filter_by(email="other@example.com").one()
    session.add(Membership(user_id=other.id, site_id=site.id, role="viewer"))
    row = keep(session, site)
    page = another.get(HERE).text
    assert "Winter" in page
    assert not re.search(r"Use now|Make default|>Rename|>Delete|>Import|>Save<", page)
    assert [another.get(f"{HERE}/{row.id}/{what}").status_code for what in READS] == [200, 200, 403, 403]
    token = csrf_token(another, HERE)
    addresses = [HERE, f"{HERE}/import", *(f"{HERE}/{row.id}/{what}" for what in WRITES)]
    assert {another.post(address, data={"csrf_token": token}).status_code for address in addresses} == {403}


def test_without_the_forms_token_nothing_is_changed(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site)
    for address in [HERE, f"{HERE}/import", *(f"{HERE}/{row.id}/{what}" for what in WRITES)]:
        assert client.post(address, data={"name": "Taken"}).status_code == 400, address
    assert [(each.name, each.is_default) for each in stored(session, site)] == [("Winter", False)]


def test_a_home_without_a_battery_has_a_page(owner: User, a_site: Callable[..., Site], session: Session, client: FlaskClient) -> None:
    empty = a_site(owner)
    keep(session, empty)
    sign_in(client)
    text = text_of(client)
    assert "No battery is linked yet." in text
    assert "Winter" in text


def test_the_pages_are_words_without_script_or_style_of_their_own(site: Site, session: Session, client: FlaskClient) -> None:
    row = keep(session, site, is_default=True)
    follows_prices(session, site)
    for address in (HERE, *(f"{HERE}/{row.id}/{what}" for what in ("raw", "rename", "delete"))):
        html = client.get(address).text
        assert not re.search(r"style=|onclick|<script>|<style", html)
        if "raw" not in address:
            assert not re.search(r"\bNone\b|\bnan\b|undefined|reserve_pct", html)
