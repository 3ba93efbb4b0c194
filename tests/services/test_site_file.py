"""Site files: what is not understood is refused with its path and what is allowed; what is understood comes back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.devices.modbus_table.load import plan_from
from app.models.connection import Connection
from app.models.control import Baseline
from app.services import sites
from app.services.sealing import PassphraseWrong
from app.services.site_file import SiteFileError, parse, schema, validate
from tests.conftest import NOW
from tests.devices.modbus_table.tables import HYBRID

FILE: dict[str, Any] = {
    "name": "Home",
    "timezone": "Australia/Sydney",
    "currency": "AUD",
    "owner": "a@example.com",
    "control": "on",
    "retailer": {"brand": "amber", "token": "psk_secret1", "site_id": "01F5A5CRKMZ5BCX9P1S4V990AM", "price_model": "predicted"},
    "battery": {"brand": "tesla", "connection": "teslemetry", "token": "tesla-secret", "energy_site_id": "1234567890"},
    "inverters": [],
    "chargers": [],
    "limits": {"max_import_w": 15000, "max_export_w": 5000},
    "policies": {
        "tariff_sync": {"enabled": True, "settled_prices_only": False, "mode_toggle": False},
        "spike_protection": {"enabled": False},
        "export_boost": {"enabled": False, "offset_c": 0, "minimum_c": 0, "threshold_c": 0, "start": "17:00", "end": "21:00"},
        "chip_mode": {"enabled": False, "start": "22:00", "end": "06:00", "threshold_c": 30},
        "solar_curtailment": {"enabled": False, "feed_in_at_or_below_c": 0, "inverters_below_c": 1.0},
        "aemo_spike": {"enabled": False, "region": "NSW1", "threshold_per_mwh": 300},
        "demand": {
            "enabled": False,
            "windows": [{"start": "14:00", "end": "20:00", "days": "weekdays"}],
            "surcharge_c": 0,
            "block_grid_charging": False,
        },
        "optimizer": {"enabled": False, "mode": "watch"},
        "own_battery": {"usable_wh": 13500, "round_trip_pct": 88, "wear_c_per_kwh": None},
        "supply_charges": {"daily_c": 110, "monthly_c": None},
    },
}


def changed(**more: Any) -> dict[str, Any]:
    return json.loads(json.dumps({**FILE, **more}))  # type: ignore[no-any-return]


def problems(data: dict[str, Any]) -> list[str]:
    with pytest.raises(SiteFileError) as refused:
        validate(data)
    return refused.value.problems


def test_the_documented_file_is_understood_as_json_and_yaml() -> None:
    assert parse(json.dumps(FILE)).name == "Home"
    yaml = "name: Home\ntimezone: Australia/Perth\nowner: a@example.com\ncontrol: on\n"
    assert parse(yaml).control == "on"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(colour="red"), ["colour: unknown key", "allowed: name, timezone"]),
        (changed(timezone="Sydney"), ["timezone: not a time zone"]),
        (changed(retailer={"brand": "ambr"}), ["retailer.brand: 'ambr' is not known", "allowed: agl, amber, custom_tou"]),
        (changed(battery={"brand": "tesla"}), ["battery.token: missing"]),
        (changed(battery={**FILE["battery"], "tokn": "x"}), ["battery.tokn: unknown key", "allowed: brand, connection, token"]),
        (changed(policies={"boost": {}}), ["policies.boost: unknown key", "allowed: aemo_spike, chip_mode"]),
        (changed(policies={"chip_mode": {"threshold": 3}}), ["policies.chip_mode.threshold: unknown key", "allowed: enabled, start"]),
        (
            changed(policies={"demand": {"windows": [{"start": "14:00", "end": "20:00", "day": "x"}]}}),
            ["policies.demand.windows.0.day: unknown key"],
        ),
        (changed(policies={"export_boost": {"offset_c": "NaN"}}), ["policies.export_boost.offset_c"]),
        (changed(limits={"max_import_w": -1}), ["limits.max_import_w"]),
        (changed(inverters=[{"brand": "sungrow_xy"}]), ["inverters.0.brand: 'sungrow_xy' is not known"]),
        ({}, ["name: missing", "timezone: missing", "owner: missing"]),
    ],
)
def test_what_is_not_understood_is_named_with_its_path(data: dict[str, Any], words: list[str]) -> None:
    text = "; ".join(problems(data))
    for each in words:
        assert each in text


def test_no_secret_is_repeated_in_an_error() -> None:
    text = "; ".join(problems(changed(battery={**FILE["battery"], "token": {"a": "hunter2secret"}})))
    assert "hunter2secret" not in text


@pytest.mark.parametrize("text", ["", "[]", "a: [", "name: 'x", "!!python/object:os.system {}"])
def test_garbage_is_refused_in_words(text: str) -> None:
    with pytest.raises(SiteFileError):
        parse(text)


def test_a_file_is_stored_and_exported_without_secrets(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        site = sites.import_file(session, validate(changed()), NOW)
        exported = sites.export_file(session, site)
    text = json.dumps(exported)
    assert "psk_secret1" not in text
    assert "tesla-secret" not in text
    assert exported["limits"] == FILE["limits"]
    assert exported["policies"]["export_boost"]["start"] == "17:00"


def test_secrets_are_encrypted_in_the_tables(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        sites.import_file(session, validate(changed()), NOW)
        raw = session.connection().exec_driver_sql("SELECT secrets, config FROM connection").fetchall()
    assert "psk_secret1" not in str(raw)


def test_an_export_with_secrets_opens_with_its_passphrase_alone(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        site = sites.import_file(session, validate(changed()), NOW)
        text = json.dumps(sites.export_file(session, site, "a long passphrase"))
        assert "psk_secret1" not in text
        with pytest.raises(PassphraseWrong):
            parse(text, "another passphrase")
        with pytest.raises(SiteFileError, match="passphrase"):
            parse(text)
        again = parse(text, "a long passphrase")
    assert next(entry for entry in again.connections if entry.role == "retailer").fields.token.get_secret_value() == "psk_secret1"  # type: ignore[attr-defined]


def test_importing_again_changes_in_place(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        sites.import_file(session, validate(changed()), NOW)
        ids = {row.role: row.id for row in session.query(Connection)}
        new_token = {**FILE["battery"], "token": "newer"}
        sites.import_file(session, validate(changed(battery=new_token, control="watch")), NOW)
        assert {row.role: row.id for row in session.query(Connection)} == ids
        assert sites.find(session, "Home").control == "watch"


def test_a_battery_that_is_still_steered_is_not_replaced(any_engine: Engine) -> None:
    with Session(any_engine) as session:
        sites.import_file(session, validate(changed()), NOW)
        battery = session.query(Connection).filter_by(role="battery").one()
        session.add(Baseline(connection_id=battery.id, settings={}, stored_at=NOW, changed_at=NOW, refused={}))
        session.commit()
        with pytest.raises(sites.StillSteered):
            sites.import_file(session, validate(changed(battery={**FILE["battery"], "energy_site_id": "999"})), NOW)
        session.rollback()
        assert session.query(Baseline).count() == 1


def test_an_unknown_site_is_refused_with_the_names_there_are(any_engine: Engine) -> None:
    with Session(any_engine) as session, pytest.raises(sites.NoSuchSite, match="none"):
        sites.find(session, "Shack")


def test_the_schema_names_every_key() -> None:
    properties = schema()["properties"]
    assert set(FILE) <= set(properties)
    assert set(FILE["policies"]) == set(properties["policies"]["properties"])


def test_a_bare_time_of_day_in_yaml_is_that_time() -> None:
    text = yaml.safe_dump({**FILE, "policies": {}}) + "policies:\n  chip_mode: {enabled: true, start: 22:30, end: 06:00}\n"
    text = text.replace("policies: {}\n", "")
    chip = parse(text).policies["chip_mode"]
    assert (chip["start"], chip["end"]) == ("22:30", "06:00")


def test_a_key_is_offered_as_it_is_written() -> None:
    custom = {"brand": "custom_tou", "seasons": [{"name": "All year", "fromm": "01-01", "to": "12-31", "periods": []}]}
    assert any("seasons.0.fromm: unknown key; allowed: name, from, to" in each for each in problems(changed(retailer=custom)))


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    whole = schema()

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            for each in part.values():
                yield from references(each)
        elif isinstance(part, list):
            for each in part:
                yield from references(each)

    found = list(references(whole))
    assert found
    assert all(each.removeprefix("#/$defs/") in whole["$defs"] for each in found)


def test_a_device_can_stand_in_one_place_only() -> None:
    inverter = {"brand": "sungrow_sg", "host": "192.0.2.7", "port": 502, "unit_id": 1}
    told = "; ".join(problems(changed(battery={"brand": "sungrow", "host": "192.0.2.7"}, inverters=[inverter])))
    assert "inverters.0: the same device as battery (192.0.2.7, port 502, unit 1)" in told
    assert validate(changed(battery={"brand": "sungrow", "host": "192.0.2.7"}, inverters=[{**inverter, "unit_id": 2}]))


@pytest.mark.parametrize("as_object", [True, False], ids=["as an object", "as text"])
def test_a_register_table_is_stored_as_text_and_comes_back(any_engine: Engine, as_object: bool) -> None:
    given = yaml.safe_load(HYBRID) if as_object else HYBRID
    battery = {"brand": "modbus_table", "host": "192.0.2.7", "unit_id": 3, "table": given}
    text = yaml.safe_dump(changed(battery=battery))
    with Session(any_engine) as session:
        site = sites.import_file(session, parse(text), NOW)
        exported = sites.export_file(session, site)
        stored = session.query(Connection).filter_by(role="battery").one().config["table"]
    assert isinstance(stored, str)
    assert plan_from(stored).table == plan_from(HYBRID).table
    again = validate({**exported, "retailer": FILE["retailer"]})
    assert next(entry for entry in again.connections if entry.role == "battery").fields.table == stored  # type: ignore[attr-defined]


def test_a_fault_in_a_register_table_has_its_path() -> None:
    table = {**yaml.safe_load(HYBRID), "give_back": []}
    told = problems(changed(battery={"brand": "modbus_table", "host": "192.0.2.7", "table": table}))
    assert any(each.startswith("battery.table: in the table: give_back: work_mode stands here not at all") for each in told)


def test_a_device_without_a_unit_can_stand_in_one_place_only() -> None:
    inverter = {"brand": "zeversolar", "host": "192.0.2.9"}
    told = "; ".join(problems(changed(inverters=[inverter, {**inverter, "port": 80}])))
    assert "inverters.1: the same device as inverters.0 (192.0.2.9, port 80)" in told
    assert validate(changed(inverters=[inverter, {**inverter, "host": "192.0.2.10"}]))


def test_a_powerwall_over_teslas_own_api_needs_no_token_and_one_over_teslemetry_does():
    fleet = {"brand": "tesla", "connection": "fleet", "energy_site_id": "1234567890"}
    battery = validate({**FILE, "battery": fleet}).connections[1]
    assert battery.fields.model_dump()["connection"] == "fleet"
    with pytest.raises(SiteFileError) as refused:
        validate({**FILE, "battery": {**fleet, "connection": "teslemetry"}})
    assert refused.value.problems == ["battery.token: missing"]


def test_a_gateway_at_home_needs_its_password():
    battery = {**FILE["battery"], "gateway_host": "192.168.1.30"}
    with pytest.raises(SiteFileError) as refused:
        validate({**FILE, "battery": battery})
    assert refused.value.problems == ["battery.gateway_password: missing"]
    assert validate({**FILE, "battery": {**battery, "gateway_password": "KZ4T7"}})
