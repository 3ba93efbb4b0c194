"""The settings and the data folder: what is generated, what is refused."""

import multiprocessing
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.config import Config, ConfigError
from app.installation import MARKER, InstallationError, database_holds_data, mark_installed, refuse_a_damaged_database
from app.models.user import User


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _a_database(path: Path, accounts: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "user" (id INTEGER PRIMARY KEY)')
        connection.executemany('INSERT INTO "user" VALUES (?)', [(number,) for number in range(accounts)])


def test_a_first_start_makes_keys_that_only_the_owner_reads(tmp_path: Path):
    config = Config.from_env({"DATA_DIR": str(tmp_path / "data")})
    assert _mode(tmp_path / "data") == 0o700
    assert _mode(tmp_path / "data" / "secret.key") == 0o600
    assert _mode(tmp_path / "data" / "fernet.key") == 0o600
    again = Config.from_env({"DATA_DIR": str(tmp_path / "data")})
    assert (again.secret_key, again.fernet_keys) == (config.secret_key, config.fernet_keys)


def test_defaults_are_those_of_the_documentation(tmp_path: Path):
    config = Config.from_env({"DATA_DIR": str(tmp_path)})
    assert (config.port, config.trusted_proxies, config.log_level, config.metrics_token) == (5001, 0, "INFO", None)
    assert config.database_url == f"sqlite:///{tmp_path / 'app.db'}"


def test_an_empty_value_counts_as_missing(tmp_path: Path):
    names = ("SECRET_KEY", "FERNET_ENCRYPTION_KEY", "DATABASE_URL", "PORT", "TRUSTED_PROXIES", "LOG_LEVEL", "METRICS_TOKEN")
    config = Config.from_env({"DATA_DIR": str(tmp_path), **dict.fromkeys(names, "")})
    assert config.port == 5001
    assert config.metrics_token is None


def _start(folder: str, results: "multiprocessing.Queue[tuple[str, str]]", together: "multiprocessing.Barrier") -> None:  # type: ignore[valid-type]
    together.wait()
    config = Config.from_env({"DATA_DIR": folder})
    results.put((config.secret_key, config.fernet_keys[0]))


def test_processes_that_start_together_end_with_the_same_keys(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    results, together = context.Queue(), context.Barrier(6)
    processes = [context.Process(target=_start, args=(str(tmp_path / "data"), results, together)) for _ in range(6)]
    for process in processes:
        process.start()
    keys = {results.get(timeout=20) for _ in processes}
    for process in processes:
        process.join()
    assert len(keys) == 1
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["fernet.key", "secret.key"]


@pytest.mark.parametrize("lost", ["secret.key", "fernet.key"])
def test_a_lost_key_is_not_replaced_while_there_is_data(tmp_path: Path, lost: str):
    Config.from_env({"DATA_DIR": str(tmp_path)})
    _a_database(tmp_path / "app.db", accounts=1)
    (tmp_path / lost).unlink()
    with pytest.raises(ConfigError, match=f"{lost} is missing but the database holds data"):
        Config.from_env({"DATA_DIR": str(tmp_path)})
    assert not (tmp_path / lost).exists()


def test_a_lost_key_is_replaced_while_there_is_no_data(tmp_path: Path):
    _a_database(tmp_path / "app.db", accounts=0)
    Config.from_env({"DATA_DIR": str(tmp_path)})
    assert (tmp_path / "fernet.key").exists()


def test_no_key_is_made_while_the_database_cannot_be_asked(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read, so no keys are generated"):
        Config.from_env({"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert not (tmp_path / "fernet.key").exists()


@pytest.mark.postgres
def test_a_lost_key_is_not_replaced_while_postgresql_holds_data(postgres_app: Flask, postgres_url: str, tmp_path: Path):
    from sqlalchemy.orm import Session

    from tests.conftest import NOW

    assert not database_holds_data(postgres_url)
    with Session(postgres_app.extensions["powersync_engine"]()) as session:
        session.add(User(email="a@example.com", created_at=NOW))
        session.commit()
    assert database_holds_data(postgres_url)
    with pytest.raises(ConfigError, match="is missing but the database holds data"):
        Config.from_env({"DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": postgres_url})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int):
    Config.from_env({"DATA_DIR": str(tmp_path)})
    (tmp_path / "fernet.key").chmod(mode)
    with pytest.raises(ConfigError, match="can be read by others"):
        Config.from_env({"DATA_DIR": str(tmp_path)})


def test_an_empty_key_file_is_refused(tmp_path: Path):
    Config.from_env({"DATA_DIR": str(tmp_path)})
    (tmp_path / "fernet.key").write_text("")
    with pytest.raises(ConfigError, match="is empty"):
        Config.from_env({"DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("leftover", [False, True])
def test_a_missing_database_is_refused_where_one_was_installed(tmp_path: Path, leftover: bool):
    config = Config.from_env({"DATA_DIR": str(tmp_path)})
    mark_installed(tmp_path, config.database_url)
    assert not (tmp_path / MARKER).exists()  # nothing to mark yet
    _a_database(tmp_path / "app.db", accounts=1)
    mark_installed(tmp_path, config.database_url)
    (tmp_path / "app.db").unlink()
    if leftover:
        (tmp_path / "app.db").touch()  # what an early connection leaves behind
    with pytest.raises(ConfigError, match="is missing although PowerSync was installed here"):
        Config.from_env({"DATA_DIR": str(tmp_path)})
    (tmp_path / MARKER).unlink()
    Config.from_env({"DATA_DIR": str(tmp_path)})


def test_a_data_folder_restored_elsewhere_still_knows_its_database(tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new"
    config = Config.from_env({"DATA_DIR": str(old)})
    _a_database(old / "app.db", accounts=1)
    mark_installed(old, config.database_url)
    old.rename(new)
    Config.from_env({"DATA_DIR": str(new)})
    (new / "app.db").unlink()
    with pytest.raises(ConfigError, match="is missing"):
        Config.from_env({"DATA_DIR": str(new)})


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path):
    (tmp_path / "app.db").write_bytes(b"garbage" * 100)
    with pytest.raises(ConfigError, match="is not a database any more"):
        Config.from_env({"DATA_DIR": str(tmp_path)})
    assert (tmp_path / "app.db").read_bytes().startswith(b"garbage")


def test_a_damaged_database_is_told_and_left_as_it_is(tmp_path: Path):
    file = tmp_path / "app.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [("word " * 200,) for _ in range(200)])
    refuse_a_damaged_database(f"sqlite:///{file}")
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(content)
    with pytest.raises(InstallationError, match="is damaged"):
        refuse_a_damaged_database(f"sqlite:///{file}")
    assert file.read_bytes() == bytes(content)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("SECRET_KEY", "dev-secret-key-change-in-production-1234"),
        ("SECRET_KEY", "a" * 64),
        ("METRICS_TOKEN", "secret"),
        ("FERNET_ENCRYPTION_KEY", "not-a-key"),
        ("FERNET_ENCRYPTION_KEY", "A" * 43 + "="),
        ("FERNET_ENCRYPTION_KEY", ","),
        ("PORT", "0"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "*"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "mysql://localhost/app"),
        ("DATABASE_URL", "nonsense"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str, value: str):
    with pytest.raises(ConfigError) as refused:
        Config.from_env({"DATA_DIR": str(tmp_path), name: value})
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert value == "secret" or len(value) < 10 or value not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_the_same_driver(tmp_path: Path, scheme: str):
    env = {"DATA_DIR": str(tmp_path), "DATABASE_URL": f"{scheme}://me:pass@db/app"}
    keys = {"SECRET_KEY": "a1b2c3d4e5f6" * 4, "FERNET_ENCRYPTION_KEY": Fernet.generate_key().decode()}
    assert Config.from_env({**env, **keys}).database_url == "postgresql+psycopg://me:pass@db/app"


def test_several_keys_are_taken_in_their_order(tmp_path: Path):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    assert Config.from_env({"DATA_DIR": str(tmp_path), "FERNET_ENCRYPTION_KEY": ", ".join(keys)}).fernet_keys == tuple(keys)


def test_settings_do_not_show_their_secrets(tmp_path: Path):
    config = Config.from_env({"DATA_DIR": str(tmp_path), "METRICS_TOKEN": "0123456789abcdef0123456789abcdef"})
    shown = repr(config)
    for secret in (config.secret_key, *config.fernet_keys, "0123456789abcdef0123456789abcdef"):
        assert secret not in shown


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be created"):
        Config.from_env({"DATA_DIR": str(tmp_path / "file" / "data")})


def test_a_relative_database_file_means_the_folder_of_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert Config.from_env({"DATABASE_URL": "sqlite:///x.db"}).database_url == f"sqlite:///{tmp_path / 'x.db'}"
    assert os.path.isdir(tmp_path / "data")
