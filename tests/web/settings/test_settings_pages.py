"""Settings: one card per policy, nothing overwritten unseen, and a preview before it counts."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.domain.settings import policy_settings
from app.domain.tariffs.shaping import shape
from app.models.control import Signal
from app.models.policy_settings import PolicySettings
from app.models.site import Membership, Site
from app.models.user import User
from app.services import accounts, policy_editing
from app.services.passwords import Passwords
from app.services.policy_editing import ChangedMeanwhile
from app.services.policy_forms import stored_from
from tests.conftest import NOW, PASSWORD
from tests.web.browser import send, sign_in

BOOST = {
    "export_boost-enabled": "y",
    "export_boost-offset_c": "5",
    "export_boost-minimum_c": "0",
    "export_boost-threshold_c": "0",
    "export_boost-start": "00:00",
    "export_boost-end": "00:00",
}


@pytest.fixture
def signed_in(client: FlaskClient, owner: User) -> FlaskClient:
    sign_in(client)
    return client


@pytest.fixture
def home(owner: User, a_site: Callable[..., Site]) -> Site:
    return a_site(owner)


def save(client: FlaskClient, policy: str, revision: int = 0, **fields: str) -> TestResponse:
    return send(client, "/settings", f"/settings/policies/{policy}", revision=str(revision), **fields)


def stored(session: Session, site: Site, policy: str) -> PolicySettings | None:
    session.expire_all()
    row = session.get(PolicySettings, (site.id, policy))
    session.commit()
    return row


def test_each_policy_that_exists_has_a_card_and_no_other(signed_in: FlaskClient, home: Site):
    page = signed_in.get("/settings").text
    for name in policy_settings():
        assert f'id="{name}"' in page, name


def test_units_bounds_and_defaults_stand_beside_their_fields(signed_in: FlaskClient, home: Site):
    page = signed_in.get("/settings").text
    assert '<span class="control__unit">c/kWh</span>' in page
    assert "0 to 1000, usually 30." in page
    assert "Usually 22:00." in page
    assert "0.5 to 24, usually 6." in page
    assert "<summary>For experts</summary>" in page


def test_a_saved_policy_is_stored_and_wakes_the_loop(signed_in: FlaskClient, home: Site, session: Session):
    answer = save(signed_in, "export_boost", **BOOST)
    assert (answer.status_code, answer.location) == (302, "/settings#export_boost")
    row = stored(session, home, "export_boost")
    assert row is not None
    assert row.values == {"enabled": True, "offset_c": 5.0, "minimum_c": 0.0, "threshold_c": 0.0, "start": "00:00", "end": "00:00"}
    assert row.revision == 1
    assert session.get_one(Signal, home.id).count == 1
    session.commit()
    assert "Export boost is saved." in signed_in.get("/settings").text


def test_an_empty_box_switches_off(signed_in: FlaskClient, home: Site, session: Session):
    save(signed_in, "tariff_sync", **{"tariff_sync-forecast_max_age_h": "6"})
    row = stored(session, home, "tariff_sync")
    assert row is not None
    assert row.values["enabled"] is False


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("offset_c", "101", "At most 100."),
        ("offset_c", "-1", "At least 0."),
        ("offset_c", "a lot", "Enter a number, such as 2.5."),
        ("offset_c", "nan", "Enter a number, such as 2.5."),
        ("offset_c", "", "Enter a number."),
        ("start", "25:00", "Enter a time such as 17:00."),
        ("start", "", "Enter a time such as 17:00."),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_lost(
    signed_in: FlaskClient, home: Site, session: Session, field: str, value: str, words: str
):
    sent = {**BOOST, "export_boost-minimum_c": "7.5", f"export_boost-{field}": value}
    answer = save(signed_in, "export_boost", **sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert answer.text.count('aria-invalid="true"') == 1
    assert 'value="7.5"' in answer.text
    assert not value or f'value="{value}"' in answer.text
    assert stored(session, home, "export_boost") is None


@pytest.mark.parametrize(("typed", "meant"), [("7:30", "07:30"), ("1730", "17:30"), ("17.30", "17:30")])
def test_a_time_is_understood_as_people_write_it(signed_in: FlaskClient, home: Site, session: Session, typed: str, meant: str):
    save(signed_in, "export_boost", **{**BOOST, "export_boost-start": typed})
    row = stored(session, home, "export_boost")
    assert row is not None
    assert row.values["start"] == meant


def test_a_mistake_in_the_expert_part_opens_it(signed_in: FlaskClient, home: Site):
    page = save(signed_in, "tariff_sync", **{"tariff_sync-forecast_max_age_h": "99"}).text
    assert '<details class="more-options field--wide" open>' in page


WINDOW = {
    "demand-surcharge_c": "0",
    "demand-windows-0-start": "14:00",
    "demand-windows-0-end": "20:00",
    "demand-windows-0-days": "weekdays",
}


def test_windows_are_added_and_removed_without_storing(signed_in: FlaskClient, home: Site, session: Session):
    page = save(signed_in, "demand", add="windows", **WINDOW).text
    assert 'name="demand-windows-1-start"' in page
    second = {"demand-windows-1-start": "06:00", "demand-windows-1-end": "09:00", "demand-windows-1-days": "all"}
    page = save(signed_in, "demand", remove="windows-0", **WINDOW, **second).text
    assert 'name="demand-windows-0-start"' not in page
    assert re.search(r'name="demand-windows-1-start"[^>]*value="06:00"', page)
    assert stored(session, home, "demand") is None


def test_windows_are_stored_in_their_order(signed_in: FlaskClient, home: Site, session: Session):
    second = {"demand-windows-4-start": "06:00", "demand-windows-4-end": "09:00", "demand-windows-4-days": "all"}
    save(signed_in, "demand", **WINDOW, **second)
    row = stored(session, home, "demand")
    assert row is not None
    usual = {"name": "peak", "rate_c_per_kw": 0.0, "months": list(range(1, 13))}
    assert row.values["windows"] == [
        {"start": "14:00", "end": "20:00", "days": "weekdays", **usual},
        {"start": "06:00", "end": "09:00", "days": "all", **usual},
    ]


RATED = {
    "demand-enabled": "y",
    "demand-unit": "day",
    "demand-billing_day": "15",
    "demand-apply_to": "both",
    "demand-surcharge_c": "0",
    "demand-windows-0-start": "15:00",
    "demand-windows-0-end": "21:00",
    "demand-windows-0-days": "weekdays",
    "demand-windows-0-name": "shoulder",
    "demand-windows-0-rate_c_per_kw": "39.485",
    "demand-windows-0-months": "11-3",
}


def fields_of(page: str, prefix: str) -> dict[str, str]:
    """What a browser would send of the form as it stands there: texts and chosen options; ticked boxes."""
    typed = re.findall(rf'<input[^>]*name="({prefix}-[^"]+)"[^>]*type="text" value="([^"]*)"', page)
    chosen = re.findall(rf'<select[^>]*name="({prefix}-[^"]+)">.*?<option selected value="([^"]*)"', page, flags=re.S)
    ticked = re.findall(rf'<input checked[^>]*name="({prefix}-[^"]+)"', page)
    return {**dict(typed), **dict(chosen), **dict.fromkeys(ticked, "y")}


def test_a_demand_charge_goes_through_its_form_and_back(signed_in: FlaskClient, home: Site, session: Session):
    assert save(signed_in, "demand", **RATED).status_code == 302
    row = stored(session, home, "demand")
    assert row is not None
    values = dict(row.values)
    assert (values["unit"], values["billing_day"], values["apply_to"]) == ("day", 15, "both")
    assert values["windows"] == [
        {"start": "15:00", "end": "21:00", "days": "weekdays", "name": "shoulder", "rate_c_per_kw": 39.485, "months": [1, 2, 3, 11, 12]}
    ]
    page = signed_in.get("/settings").text
    sent_again = fields_of(page, "demand")
    assert sent_again["demand-windows-0-months"] == "Nov–Mar"
    assert save(signed_in, "demand", 1, **{**sent_again, "demand-billing_day": "16"}).status_code == 302
    row = stored(session, home, "demand")
    assert row is not None
    assert (row.revision, dict(row.values)) == (2, {**values, "billing_day": 16})


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("windows-0-rate_c_per_kw", "0.39485", "0.39485 looks like dollars: did you mean 39.485 c?"),
        ("windows-0-rate_c_per_kw", "much", "Enter a number, such as 2.5."),
        ("windows-0-months", "summer", "Write all, or months such as 11-3 or Nov-Mar, several with commas."),
        ("billing_day", "29", "At most 28."),
    ],
)
def test_a_mistake_in_a_rate_stands_at_its_field(signed_in: FlaskClient, home: Site, session: Session, field: str, typed: str, words: str):
    answer = save(signed_in, "demand", **{**RATED, f"demand-{field}": typed})
    assert answer.status_code == 422
    place = answer.text.index(f'id="demand-{field}-error"')
    assert words in answer.text[place : place + 300]
    assert stored(session, home, "demand") is None


def test_a_stale_demand_form_shows_its_windows_in_words(signed_in: FlaskClient, home: Site):
    save(signed_in, "demand", **RATED)
    answer = save(signed_in, "demand", 0, **{**RATED, "demand-windows-0-rate_c_per_kw": "40"})
    assert answer.status_code == 409
    assert (
        "<td>15:00–21:00 weekdays, shoulder, 39.485 c/kW, Nov–Mar</td><td>15:00–21:00 weekdays, shoulder, 40 c/kW, Nov–Mar</td>"
        in answer.text
    )


def test_supply_charges_are_entered_in_cents_and_may_be_left_to_the_retailer(signed_in: FlaskClient, home: Site, session: Session):
    answer = save(signed_in, "supply_charges", **{"supply_charges-daily_c": "1.10", "supply_charges-monthly_c": ""})
    assert (answer.status_code, "1.1 looks like dollars: did you mean 110 c?" in answer.text) == (422, True)
    save(signed_in, "supply_charges", **{"supply_charges-daily_c": "110", "supply_charges-monthly_c": ""})
    row = stored(session, home, "supply_charges")
    assert row is not None
    assert row.values == {"daily_c": 110.0, "monthly_c": None}
    card = signed_in.get("/settings").text.partition('id="supply_charges"')[2].partition("</section>")[0]
    assert "badge" not in card  # there is nothing to switch on


def test_all_windows_can_go_and_one_can_come_back(signed_in: FlaskClient, home: Site, session: Session):
    save(signed_in, "demand", **{"demand-surcharge_c": "0"})
    row = stored(session, home, "demand")
    assert row is not None
    assert row.values["windows"] == []
    page = save(signed_in, "demand", 1, add="windows", **{"demand-surcharge_c": "0"}).text
    assert re.search(r'name="demand-windows-0-start"[^>]*value="14:00"', page)


def test_a_mistake_in_a_window_stands_there(signed_in: FlaskClient, home: Site):
    page = save(signed_in, "demand", **{**WINDOW, "demand-windows-0-end": "later"}).text
    assert 'id="demand-windows-0-end-error"' in page
    page = save(signed_in, "demand", **{**WINDOW, "demand-windows-0-days": "never"}).text
    assert 'id="demand-windows-0-days-error"' in page


def test_a_stale_form_overwrites_nothing_and_shows_what_differs(signed_in: FlaskClient, home: Site, session: Session):
    save(signed_in, "export_boost", 0, **BOOST)
    answer = save(signed_in, "export_boost", 0, **{**BOOST, "export_boost-offset_c": "9"})
    assert answer.status_code == 409
    assert "Export boost was changed meanwhile" in answer.text
    assert "Add to the feed-in price</th><td>5\u202fc/kWh</td><td>9\u202fc/kWh</td>" in answer.text
    row = stored(session, home, "export_boost")
    assert row is not None
    assert row.values["offset_c"] == 5.0
    hidden = dict(re.findall(r'<input type="hidden" name="(export_boost-[^"]+|revision)" value="([^"]*)"', answer.text))
    assert save(signed_in, "export_boost", int(hidden.pop("revision")), **hidden).status_code == 302
    row = stored(session, home, "export_boost")
    assert row is not None
    assert row.values["offset_c"] == 9.0


@pytest.mark.parametrize("revision", ["", "x", "-1", "99999999999"])
def test_a_form_without_its_count_is_stale(signed_in: FlaskClient, home: Site, session: Session, revision: str):
    answer = send(signed_in, "/settings", "/settings/policies/export_boost", revision=revision, **BOOST)
    assert answer.status_code == 409
    assert stored(session, home, "export_boost") is None


def test_a_preview_keeps_the_count_of_the_form(signed_in: FlaskClient, home: Site, session: Session):
    save(signed_in, "export_boost", 0, **BOOST)
    page = save(signed_in, "export_boost", 0, preview="yes", **BOOST).text
    card = page[page.index('id="export_boost"') :]
    assert re.search(r'name="revision" value="(\d+)"', card).group(1) == "0"  # type: ignore[union-attr]


def test_defaults_come_back(signed_in: FlaskClient, home: Site, session: Session):
    assert "Restore defaults" not in signed_in.get("/settings").text
    save(signed_in, "export_boost", 0, **BOOST)
    assert "Restore defaults" in signed_in.get("/settings").text
    send(signed_in, "/settings", "/settings/policies/export_boost/defaults", revision="1")
    row = stored(session, home, "export_boost")
    assert row is not None
    assert row.values == stored_from("export_boost", {})
    assert send(signed_in, "/settings", "/settings/policies/export_boost/defaults", revision="1").status_code == 409


def test_a_policy_that_does_not_exist_has_no_address(signed_in: FlaskClient, home: Site):
    assert save(signed_in, "nonsense").status_code == 404


def test_a_preview_shows_what_changes_and_stores_nothing(signed_in: FlaskClient, read: Site, session: Session):
    page = save(signed_in, "export_boost", preview="yes", **BOOST).text
    assert "This changes 48 of the next 48 half-hours against what is stored." in page
    assert page.count("→") == 48
    assert stored(session, read, "export_boost") is None


def test_a_preview_agrees_with_the_shaping(session: Session, read: Site):
    from app.control.observe import observe
    from app.domain.settings import SettingsBook
    from app.domain.tariffs.half_hourly import RollingTariff, build
    from app.services.policy_forms import settings_from

    now = utc_now()
    values = stored_from("chip_mode", {"enabled": True, "threshold_c": 1000.0})
    shown = policy_editing.preview(session, read, "chip_mode", values, now)
    snapshot = observe(session, read, now)
    assert snapshot.prices is not None
    built = build(snapshot.prices, snapshot.zone, now, "AUD")
    assert isinstance(built, RollingTariff)
    book = SettingsBook({"chip_mode": settings_from("chip_mode", values)})
    sent = {slot.start: slot.feed_in_c_per_kwh for slot in shape(built, book).result.slots}
    assert shown.changes
    assert all(sent[change.start] == change.feed_in_to_c == 0.0 for change in shown.changes)
    assert [change.start for change in shown.changes] == sorted(change.start for change in shown.changes)


def test_a_preview_without_prices_says_so(signed_in: FlaskClient, home: Site):
    assert "There is no tariff to preview: no prices have arrived yet." in save(signed_in, "export_boost", preview="yes", **BOOST).text


def test_a_preview_that_changes_nothing_says_so(signed_in: FlaskClient, read: Site):
    off = {key: value for key, value in BOOST.items() if not key.endswith("enabled")}
    assert "This changes no price of the next 24 hours" in save(signed_in, "export_boost", preview="yes", **off).text


def test_every_policy_that_shapes_can_be_previewed():
    assert set(policy_editing.SHAPING) <= {kind.name for kind in policy_editing.available()}


def test_two_first_changes_at_once_make_one_row(session: Session, home: Site):
    policy_editing.save(session, home.id, "chip_mode", stored_from("chip_mode", {"enabled": True}), 0, NOW)
    with pytest.raises(ChangedMeanwhile) as conflict:
        policy_editing.save(session, home.id, "chip_mode", stored_from("chip_mode", {"threshold_c": 1.0}), 0, NOW)
    assert conflict.value.present.revision == 1


HOME = {
    "site-name": "Home",
    "site-timezone": "Australia/Sydney",
    "site-currency": "AUD",
    "site-max_import_kw": "",
    "site-max_export_kw": "",
}
SEEN = "Home|Australia/Sydney|AUD|None|None"


def save_home(client: FlaskClient, revision: str = SEEN, **fields: str) -> TestResponse:
    return send(client, "/settings", "/settings/home", revision=revision, **{**HOME, **{f"site-{k}": v for k, v in fields.items()}})


def test_the_home_is_stored_in_watts(signed_in: FlaskClient, home: Site, session: Session):
    answer = save_home(signed_in, name="  Beach  house ", timezone="Australia/Perth", max_import_kw="14.49", max_export_kw="5 kW")
    assert answer.location == "/settings#home"
    session.refresh(home)
    session.commit()
    assert (home.name, home.timezone, home.max_import_w, home.max_export_w) == ("Beach house", "Australia/Perth", 14490, 5000)
    assert 'value="14.49"' in signed_in.get("/settings").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "A name of 1 to 80 characters."),
        ({"name": "Next door"}, "Another home has this name."),
        ({"timezone": "Mars/Base"}, "Choose one of these."),
        ({"currency": "XXX"}, "Choose one of these."),
        ({"max_import_kw": "-1"}, "A power from 0 to 1000 kW"),
        ({"max_import_kw": "nan"}, "A power from 0 to 1000 kW"),
        ({"max_export_kw": "inf"}, "A power from 0 to 1000 kW"),
        ({"max_export_kw": "a few"}, "A power from 0 to 1000 kW"),
    ],
)
def test_mistakes_about_the_home_are_told(
    signed_in: FlaskClient, home: Site, owner: User, a_site: Callable[..., Site], session: Session, fields: dict[str, str], words: str
):
    a_site(owner, name="Next door")
    answer = save_home(signed_in, **fields)
    assert (answer.status_code, words in answer.text) == (422, True)
    session.refresh(home)
    assert (home.name, home.timezone, home.max_import_w) == ("Home", "Australia/Sydney", None)


def test_a_stale_home_overwrites_nothing(signed_in: FlaskClient, home: Site, session: Session):
    save_home(signed_in, max_import_kw="10")
    answer = save_home(signed_in, max_export_kw="5")
    assert (answer.status_code, "Somebody changed these settings" in answer.text) == (409, True)
    session.refresh(home)
    assert (home.max_import_w, home.max_export_w) == (10000, None)


def test_a_viewer_sees_and_changes_nothing(client: FlaskClient, home: Site, session: Session, passwords: Passwords):
    user = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
    session.add(Membership(user_id=user.id, site_id=home.id, role="viewer"))
    session.commit()
    sign_in(client, "viewer@example.com")
    page = client.get("/settings").text
    assert "<fieldset disabled>" in page
    assert "Preview" not in page
    for address in ("/settings/policies/export_boost", "/settings/policies/export_boost/defaults", "/settings/home"):
        assert send(client, "/account", address).status_code == 403, address


def test_the_page_names_no_code(signed_in: FlaskClient, home: Site):
    shown = re.sub(r"<[^>]+>", " ", signed_in.get("/settings").text)
    for code in ("tariff_sync", "weekdays", "spike_protection", "None", "c_per_kwh"):
        assert code not in shown, code
