"""What an owner enters, in a form or in a site file."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.control.connections import split_secrets
from app.devices.sigenergy.fields import SigenergyFields
from app.services.site_file import SiteFileError, schema, validate

CLOUD = {"region": "eu", "username": "owner@example.com", "password": "Passw0rd!", "station_id": "102025092300219"}


def fields(**given: Any) -> SigenergyFields:
    return SigenergyFields.model_validate({"host": "192.0.2.7", **given})


def test_modbus_alone_needs_the_address_alone() -> None:
    entered = fields()
    assert (entered.port, entered.plant_unit_id, entered.inverter_unit_id, entered.has_cloud) == (502, 247, 1, False)


def test_the_part_of_a_site_file_is_the_flat_fields() -> None:
    flat = {
        "cloud_region": "eu",
        "cloud_username": "owner@example.com",
        "cloud_password": "Passw0rd!",
        "cloud_station": "102025092300219",
    }
    assert fields(cloud=CLOUD) == fields(**flat)
    assert fields(cloud=CLOUD).has_cloud


def test_an_encrypted_password_is_an_explicit_choice() -> None:
    entered = fields(cloud={"username": "a@b.c", "encrypted_password": "t4wDM8TwqY1th2wVvaPrug=="})
    assert entered.cloud_password_is_encrypted
    assert entered.cloud_password.get_secret_value() == "t4wDM8TwqY1th2wVvaPrug=="
    with pytest.raises(ValidationError, match="not both"):
        fields(cloud={"username": "a@b.c", "password": "x", "encrypted_password": "y"})


def test_the_password_is_a_secret_and_nothing_else_is() -> None:
    entered = fields(cloud=CLOUD)
    open_fields, secrets = split_secrets(entered)
    assert secrets == {"cloud_password": "Passw0rd!"}
    assert "Passw0rd!" not in repr(entered) + repr(open_fields)
    assert SigenergyFields.model_validate({**open_fields, **secrets}) == entered


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cloud": {"user": "a"}}, "cloud.user: unknown key; allowed: region, username"),
        ({"cloud": {"username": "a@b.c"}}, "the cloud needs cloud_password"),
        ({"cloud": {**CLOUD, "station_id": "AB12"}}, "battery.cloud_station"),
        ({"cloud": {**CLOUD, "device_id": "123"}}, "battery.cloud_device"),
        ({"clouds": {}}, "battery.clouds: unknown key"),
    ],
)
def test_a_mistake_in_a_site_file_is_told_at_its_place(given: dict[str, Any], words: str) -> None:
    file = {"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com"}
    with pytest.raises(SiteFileError) as caught:
        validate({**file, "battery": {"brand": "sigenergy", "host": "192.0.2.7", **given}})
    assert words in "; ".join(caught.value.problems)


def test_the_schema_of_site_files_knows_the_part() -> None:
    known = next(each for each in schema()["properties"]["battery"]["oneOf"] if each["properties"]["brand"] == {"const": "sigenergy"})
    assert known["properties"]["cloud"]["properties"].keys() >= {*CLOUD, "encrypted_password", "device_id"}
