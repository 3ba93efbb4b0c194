"""flask keys: rotating the encryption keys loses no secret, whenever it is stopped."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Column, Engine, Integer, String, Table, Text, create_engine, select, type_coerce

from app import create_app
from app.config import Config
from app.models.base import Base
from app.models.types import Encrypted, keyring
from app.services import keys as service


@pytest.fixture
def vault() -> Iterator[Table]:
    """A table with secrets, as connections have them, with a key of two columns."""
    table = Table(
        "vault",
        Base.metadata,
        Column("a", Integer, primary_key=True),
        Column("b", String(9), primary_key=True),
        Column("secret", Encrypted),
    )
    yield table
    Base.metadata.remove(table)


def _fill(engine: Engine, vault: Table, count: int) -> None:
    vault.create(engine)
    with engine.begin() as connection:
        connection.execute(vault.insert(), [{"a": n // 2, "b": "xy"[n % 2], "secret": f"secret {n}"} for n in range(count)])
        connection.execute(vault.insert(), [{"a": -1, "b": "none", "secret": None}])


def _stored(engine: Engine, vault: Table) -> dict[tuple[int, str], str]:
    with engine.connect() as connection:
        rows = connection.execute(select(vault.c.a, vault.c.b, type_coerce(vault.c.secret, Text)).where(vault.c.secret.is_not(None)))
        return {(a, b): secret for a, b, secret in rows}


@pytest.fixture
def two_keys(fernet_key: str) -> Iterator[tuple[str, str]]:
    new = Fernet.generate_key().decode()
    yield new, fernet_key
    keyring.use([fernet_key])


@pytest.fixture
def rotated_app(config: Config, two_keys: tuple[str, str]) -> Flask:
    return create_app(replace(config, fernet_keys=two_keys))


def test_every_secret_is_encrypted_with_the_first_key(config: Config, vault: Table, two_keys: tuple[str, str], fernet_key: str):
    engine = create_engine(config.database_url)
    _fill(engine, vault, 250)
    app = create_app(replace(config, fernet_keys=two_keys))
    result = app.test_cli_runner().invoke(args=["keys", "rotate", "--json"])
    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["rotated"], report["already"], report["unreadable"]) == (250, 0, 0)
    first = Fernet(two_keys[0])
    assert {first.decrypt(secret.encode()).decode() for secret in _stored(engine, vault).values()} == {f"secret {n}" for n in range(250)}
    again = json.loads(app.test_cli_runner().invoke(args=["keys", "rotate", "--json"]).stdout)
    assert (again["rotated"], again["already"]) == (0, 250)


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    engine: Engine, vault: Table, two_keys: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    _fill(engine, vault, 250)
    batches = 0
    really = service._decrypts

    def stop_in_the_second_batch(fernet: Fernet, stored: str) -> bool:
        nonlocal batches
        batches += 1
        if batches > 150:
            raise KeyboardInterrupt
        return really(fernet, stored)

    monkeypatch.setattr(service, "_decrypts", stop_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        service.rotate(engine, two_keys)
    monkeypatch.undo()
    assert service.total(service.rotate(engine, two_keys)) == service.Rotation("all", "all", rotated=150, already=100, unreadable=0)


def test_a_secret_that_no_key_fits_is_counted_and_left(config: Config, rotated_app: Flask, vault: Table, fernet_key: str):
    engine = create_engine(config.database_url)
    keyring.use([Fernet.generate_key().decode()])  # written by an installation whose key is lost
    _fill(engine, vault, 3)
    before = _stored(engine, vault)
    result = rotated_app.test_cli_runner().invoke(args=["keys", "rotate"])
    assert result.exit_code == 1
    assert "3 secrets fit none of the keys" in result.stderr
    assert _stored(engine, vault) == before


def test_a_secret_that_its_owner_changes_meanwhile_is_left_to_him(engine: Engine, vault: Table, two_keys: tuple[str, str]):
    _fill(engine, vault, 1)
    before = _stored(engine, vault)
    stale = service.renewal(vault, vault.c.secret, [vault.c.a == 0, vault.c.b == "x"], "what was read earlier", "what it became")
    with engine.begin() as connection:
        assert connection.execute(stale).rowcount == 0
    assert _stored(engine, vault) == before


@pytest.mark.postgres
def test_rotation_works_on_postgresql(postgres_url: str, vault: Table, two_keys: tuple[str, str]):
    engine = create_engine(postgres_url)
    Base.metadata.create_all(engine, tables=[table for table in Base.metadata.sorted_tables if table is not vault])
    _fill(engine, vault, 120)
    assert service.total(service.rotate(engine, two_keys)).rotated == 120
    engine.dispose()


def test_a_new_key_goes_before_the_old_ones(config: Config, tmp_path: Path):
    file = tmp_path / "fernet.key"
    old = Fernet.generate_key().decode()
    file.write_text(old + "\n")
    file.chmod(0o600)
    app = create_app(replace(config, fernet_key_file=file))
    result = app.test_cli_runner().invoke(args=["keys", "add", "--json"])
    assert json.loads(result.stdout) == {"keys": 2}
    keys = file.read_text().split()
    assert keys[1] == old
    assert keys[0] != old
    assert file.stat().st_mode & 0o777 == 0o600


def test_keys_from_the_environment_are_not_written_anywhere(app: Flask):
    result = app.test_cli_runner().invoke(args=["keys", "add"])
    assert result.exit_code == 1
    assert "FERNET_ENCRYPTION_KEY" in result.stderr
