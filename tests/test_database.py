"""How the databases are opened: what a crash or a crowd must not break."""

import threading

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import create_engine_options, db, reading
from app.models.base import Base
from app.models.heartbeat import Heartbeat
from app.models.site import Membership, Site
from app.models.user import User
from tests.conftest import NOW

BOTH = pytest.mark.parametrize("which", ["app", pytest.param("postgres_app", marks=pytest.mark.postgres)])


@pytest.fixture
def opened(which: str, request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(which).extensions["powersync_engine"]()


def test_sqlite_is_opened_safely(engine: Engine):
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 1}


@BOTH
def test_two_who_read_and_then_write_lose_nothing(opened: Engine):
    with Session(opened) as session:
        session.add(Heartbeat(name="counter", at=NOW, detail="0"))
        session.commit()
    failures: list[Exception] = []

    def count() -> None:
        for _ in range(20):
            try:
                with Session(opened) as session:
                    row = session.scalars(select(Heartbeat).where(Heartbeat.name == "counter").with_for_update()).one()
                    row.detail = str(int(row.detail) + 1)
                    session.commit()
            except Exception as error:  # noqa: BLE001 - whatever a thread meets is the finding
                failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Session(opened) as session:
        assert session.get(Heartbeat, "counter").detail == "80"


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_his_work(engine: Engine):
    with engine.connect() as writer:
        writer.execute(text("INSERT INTO heartbeat VALUES ('a', '2026-11-20', '')"))
        with reading(engine).connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM heartbeat")).scalar() == 0
        writer.commit()
    with reading(engine).connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM heartbeat")).scalar() == 1


def test_a_get_reads_while_another_writes(app: Flask, engine: Engine):
    with engine.connect() as writer:
        writer.execute(text("INSERT INTO heartbeat VALUES ('a', '2026-11-20', '')"))
        with app.test_request_context("/"):
            assert db.session.scalars(select(Heartbeat)).all() == []
        writer.rollback()


@BOTH
def test_a_site_goes_with_its_memberships(opened: Engine):
    with Session(opened) as session:
        user = User(email="a@example.com", created_at=NOW)
        site = Site(name="Home", timezone="Australia/Sydney", created_at=NOW, memberships=[Membership(user=user)])
        session.add(site)
        session.commit()
        session.execute(text("DELETE FROM site"))
        session.commit()
        assert session.scalars(select(Membership)).all() == []


@BOTH
@pytest.mark.parametrize(
    "wrong",
    [
        lambda: User(email="A@example.com", created_at=NOW),
        lambda: Site(name="Home", timezone="UTC", control="maybe", created_at=NOW),
        lambda: Membership(user_id=77, site_id=77),
    ],
)
def test_the_database_refuses_what_must_not_be(opened: Engine, wrong):
    with Session(opened) as session:
        session.add(wrong())
        with pytest.raises(IntegrityError):
            session.commit()


@BOTH
def test_every_key_and_index_has_a_name(opened: Engine):
    found = inspect(opened)
    for table in Base.metadata.tables:
        assert found.get_pk_constraint(table)["name"], table
        assert all(key["name"] for key in found.get_foreign_keys(table)), table
        assert all(index["name"] for index in found.get_indexes(table)), table


def test_engine_options_fit_the_database():
    assert create_engine_options("sqlite:////x.db")["connect_args"]["timeout"] == 5
    assert create_engine_options("postgresql+psycopg://me@db/app")["pool_pre_ping"] is True
