"""What a connection learned outlives the process, is encrypted, and is forgotten when the owner links the device again."""

import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel
from sqlalchemy import Engine, text

from app.control.connections import Opener
from app.control.surroundings import Surroundings
from app.control.tokens import StoredTokens
from app.domain.brands import Brand
from app.models.connection import Connection
from app.models.site import Site
from app.models.types import keyring
from app.services import sites
from app.services.site_file import parse
from app.simulators.pace import SimulatedPace
from tests.conftest import NOW


@pytest.fixture
def around(engine: Engine) -> Surroundings:
    return Surroundings(engine, SimulatedPace(NOW))


@pytest.fixture
def row(around: Surroundings) -> Connection:
    with around.session() as session:
        site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
        session.add(site)
        session.flush()
        made = Connection(site_id=site.id, role="inverter", key="0", brand="sungrow_sg", config={}, created_at=NOW, facts={})
        session.add(made)
        session.commit()
        return made


def tokens_of(around: Surroundings, row: Connection) -> StoredTokens:
    return StoredTokens(around.session, around.reading, row.id)


def test_what_was_saved_is_there_for_the_next_process_and_leaves_other_names_alone(around: Surroundings, row: Connection) -> None:
    assert tokens_of(around, row).load() == {}
    tokens_of(around, row).save({"token": "eyJ.first", "certificate_sha256": "ab" * 32})
    tokens_of(around, row).save({"token": "eyJ.second"})
    assert tokens_of(around, row).load() == {"token": "eyJ.second", "certificate_sha256": "ab" * 32}


def test_it_cannot_be_read_from_the_database(around: Surroundings, row: Connection, engine: Engine) -> None:
    tokens_of(around, row).save({"token": "eyJ.secret"})
    with engine.connect() as connection:
        stored = connection.execute(text("select learned from connection")).scalar_one()
    assert stored
    assert "secret" not in stored


def test_a_connection_that_is_gone_keeps_nothing(around: Surroundings, row: Connection) -> None:
    tokens = tokens_of(around, row)
    with around.session() as session:
        session.delete(session.get_one(Connection, row.id))
        session.commit()
    tokens.save({"token": "eyJ.late"})
    assert tokens.load() == {}


def test_what_no_key_opens_is_learned_anew(around: Surroundings, row: Connection, fernet_key: str) -> None:
    tokens_of(around, row).save({"token": "eyJ.lost"})
    keyring.use([Fernet.generate_key().decode()])
    try:
        assert tokens_of(around, row).load() == {}
        tokens_of(around, row).save({"token": "eyJ.new"})
        assert tokens_of(around, row).load() == {"token": "eyJ.new"}
    finally:
        keyring.use([fernet_key])


def a_file(host: str) -> str:
    return json.dumps(
        {
            "name": "House",
            "timezone": "Australia/Sydney",
            "currency": "AUD",
            "owner": "a@example.com",
            "retailer": {"brand": "aemo", "region": "NSW1"},
            "inverters": [{"brand": "sungrow_sg", "host": host}],
        }
    )


def imported(around: Surroundings, host: str) -> Connection:
    with around.session() as session:
        site = sites.import_file(session, parse(a_file(host)), NOW)
        return session.query(Connection).filter_by(site_id=site.id, role="inverter").one()


def test_the_same_file_again_forgets_nothing_and_another_address_everything(around: Surroundings) -> None:
    tokens_of(around, imported(around, "192.0.2.7")).save({"certificate_sha256": "ab"})
    assert tokens_of(around, imported(around, "192.0.2.7")).load() == {"certificate_sha256": "ab"}
    assert tokens_of(around, imported(around, "192.0.2.8")).load() == {}


def test_a_driver_is_given_the_store_of_its_connection(around: Surroundings, row: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    acme = Brand("inverter", "acme", "Acme", "Acme", BaseModel, lambda fields, context: given.append(context))
    monkeypatch.setattr("app.control.connections.brand_of", lambda role, key: acme)
    monkeypatch.setattr("app.control.connections.fields_of", lambda connection: None)
    with around.session() as session:
        Opener(around, lambda: NOW).inverter(session.get_one(Connection, row.id))
    given[0].tokens.save({"token": "eyJ.kept"})
    assert tokens_of(around, row).load() == {"token": "eyJ.kept"}
