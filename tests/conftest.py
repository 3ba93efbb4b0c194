"""An app, a database and people for tests: each test has its own, copied from a template that is made once."""

import os
import secrets
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from app.config import Config, PasswordCost
from app.extensions import create_engine_options, db
from app.models.site import Membership, Site
from app.models.types import keyring
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords

# Tests do not time: a busy machine makes no test fail. On CI the same examples come each time, elsewhere new ones are looked for.
settings.register_profile("powersync", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI")))
settings.load_profile("powersync")

NOW = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)
CHEAP = PasswordCost(memory_kib=8, passes=1, lanes=1)  # the real cost would make the suite slow and prove nothing more
PASSWORD = "blue horse lamp river"
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def migrate(url: str, data_dir: Path, fernet_key: str) -> None:
    """Bring an empty database to the newest tables, as an installation does."""
    app = create_app(Config(secrets.token_urlsafe(48), (fernet_key,), url, data_dir, password_cost=CHEAP))
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def template_database(tmp_path_factory: pytest.TempPathFactory, fernet_key: str) -> Path:
    """A SQLite file with all tables and nothing in them, made by the migrations."""
    folder = tmp_path_factory.mktemp("template")
    path = folder / "app.db"
    migrate(f"sqlite:///{path}", folder, fernet_key)
    engine = create_engine(f"sqlite:///{path}", **create_engine_options("sqlite:///"))
    with engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA journal_mode = DELETE")  # one file that can be copied
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def fernet_key() -> str:
    key = Fernet.generate_key().decode()
    keyring.use([key])
    return key


@pytest.fixture
def config(tmp_path: Path, template_database: Path, fernet_key: str) -> Config:
    """The settings of an installation in a folder of its own, with an empty database."""
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    shutil.copy(template_database, data_dir / "app.db")
    return Config(
        secret_key=secrets.token_urlsafe(48),
        fernet_keys=(fernet_key,),
        database_url=f"sqlite:///{data_dir / 'app.db'}",
        data_dir=data_dir,
        password_cost=CHEAP,
    )


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    yield from _running(config)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def engine(app: Flask) -> Engine:
    return app.extensions["powersync_engine"]()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def passwords(app: Flask) -> Passwords:
    return app.extensions["powersync_passwords"]


@pytest.fixture
def owner(session: Session, passwords: Passwords) -> User:
    """An account with PASSWORD."""
    return accounts.create_account(session, passwords, "owner@example.com", PASSWORD, NOW)


@pytest.fixture
def a_site(session: Session) -> Callable[..., Site]:
    """Builds sites: a_site(owner), a_site(other, name="Shack", role="viewer")."""

    def build(user: User, name: str = "Home", role: str = "owner", control: str = "watch") -> Site:
        site = Site(name=name, timezone="Australia/Sydney", currency="AUD", control=control, created_at=NOW)
        site.memberships.append(Membership(user_id=user.id, role=role))
        session.add(site)
        session.commit()
        return site

    return build


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a PostgreSQL server; without one the test is skipped."""
    engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    except OperationalError:
        pytest.skip("no PostgreSQL server answers at TEST_POSTGRES_URL or 127.0.0.1:5432")
    finally:
        engine.dispose()
    return POSTGRES


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory, fernet_key: str) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables, made by the migrations; each test gets a copy."""
    with a_postgres_database(postgres_server) as url:
        migrate(url, tmp_path_factory.mktemp("postgres"), fernet_key)
        yield str(make_url(url).database)


@contextmanager
def a_postgres_database(server: str, template: str | None = None) -> Iterator[str]:
    """A database of one's own on `server`, dropped afterwards."""
    name = f"powersync_test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A PostgreSQL database of the test's own, with all tables and nothing in them."""
    with a_postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def postgres_app(config: Config, postgres_url: str) -> Iterator[Flask]:
    yield from _running(replace(config, database_url=postgres_url))


@pytest.fixture
def postgres_engine(postgres_app: Flask) -> Engine:
    return postgres_app.extensions["powersync_engine"]()


def _running(config: Config) -> Iterator[Flask]:
    app = create_app(config)

    def engine() -> Engine:
        with app.app_context():
            return db.engine

    app.extensions["powersync_engine"] = engine
    yield app
    engine().dispose()


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The app on a real socket; the address without a slash at its end."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One Chromium for all tests: the system's, or the one that Playwright installed."""
    from playwright.sync_api import sync_playwright  # only the browser tests pay for it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_engine(request: pytest.FixtureRequest) -> Engine:
    """Each test runs on both databases."""
    return request.getfixturevalue("engine" if request.param == "sqlite" else "postgres_engine")
