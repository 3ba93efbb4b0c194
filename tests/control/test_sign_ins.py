"""Tokens that each work once, over threads, processes and kills: on the table, against the simulated Tesla."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.control.connections import Opener, load
from app.control.sign_ins import HELD_FOR, StoredSignIn, sign_in_of
from app.control.surroundings import Surroundings
from app.devices.registry import device_brands
from app.models.connection import Connection
from app.models.site import Site
from app.models.user import User
from app.services import sites
from app.services.site_file import validate
from app.simulators.pace import RealTime, SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.tesla_account import ACCESS_LASTS
from app.simulators.world import World
from app.transports.errors import CredentialsRefused, Unreachable, VendorError
from app.transports.pace import RealPace

BOTH = pytest.mark.parametrize("which", ["app", pytest.param("postgres_app", marks=pytest.mark.postgres)])


@pytest.fixture
def opened(which: str, request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(which).extensions["powersync_engine"]()
    return engine


@pytest.fixture
def world() -> Iterator[World]:
    with World(RealTime(), behaviour=Behaviour.prompt(), teslemetry_quota=None, has_fleet=True, step_s=3600) as running:
        running.tesla_account.registered["powersync.example.com"] = "04"
        yield running


def a_home(engine: Engine, world: World, lasts_s: float = ACCESS_LASTS.total_seconds()) -> tuple[Surroundings, int]:
    """A home with a Powerwall over the Fleet API, signed in; the connection's number."""
    around = Surroundings(engine, RealPace(), world.environment())
    file = world.site_file("Home", "watch", "owner@example.com")
    file["battery"] = {"brand": "tesla", "connection": "fleet", "energy_site_id": str(world.teslemetry.site.energy_site_id)}
    with Session(engine, expire_on_commit=False) as session:
        site = sites.import_file(session, validate(file), utc_now())
        battery = load(session, site.id, "battery")
        assert battery is not None
    values = {"client_id": world.tesla_account.client_id, "account": "home", "region": "na", **world.tesla_account.sign_in(utc_now())}
    store(around, site.id).save(values, lasts_s)
    return around, battery.id


def store(around: Surroundings, site_id: int, ahead: timedelta = timedelta(0)) -> StoredSignIn:
    return sign_in_of(around, site_id, device_brands("battery")["tesla"], lambda: utc_now() + ahead)


def opened_battery(around: Surroundings, connection_id: int, ahead: timedelta = timedelta(0)) -> object:
    with Session(around.engine, expire_on_commit=False) as session:
        return Opener(around, lambda: utc_now() + ahead).battery(session.get_one(Connection, connection_id))


@BOTH
def test_what_is_stored_is_found_again_and_stands_encrypted(opened: Engine, world: World) -> None:
    around, _ = a_home(opened, world)
    held = store(around, 1).load()
    assert held is not None
    assert held.left_s == pytest.approx(28_800, abs=60)
    assert held.values["refresh_token"] not in repr(held)
    with opened.connect() as connection:
        stored = connection.execute(text("SELECT tokens FROM sign_in WHERE vendor = 'tesla'")).scalar_one()
    assert held.values["refresh_token"] not in stored


@BOTH
def test_threads_of_two_schedulers_renew_once(opened: Engine, world: World) -> None:
    around, connection_id = a_home(opened, world, lasts_s=30)
    batteries = [opened_battery(around, connection_id) for _ in range(8)]
    together, failures = Barrier(8), []

    def read(battery: object) -> None:
        together.wait()
        try:
            battery.read_facts()  # type: ignore[attr-defined]
        except VendorError as error:
            failures.append(error)

    threads = [Thread(target=read, args=(each,)) for each in batteries]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert failures == []
    assert len(world.tesla_auth.writes()) == 1


_PROCESS = """
    import json, os, sys
    from sqlalchemy import create_engine
    from app.clock import utc_now
    from app.control import sign_ins
    from app.control.connections import Opener
    from app.control.surroundings import Surroundings
    from app.extensions import create_engine_options
    from app.models.connection import Connection
    from app.models.types import keyring
    from app.transports.pace import RealPace

    url, key, environment, connection_id, dies = json.loads(sys.stdin.read())
    keyring.use([key])
    around = Surroundings(create_engine(url, **create_engine_options(url)), RealPace(), environment)
    if dies:
        sign_ins.StoredSignIn.save = lambda *_: os._exit(9)
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        battery = Opener(around, utc_now).battery(connection)
    print(json.dumps(battery.read_facts().count))
"""


@pytest.fixture
def process(app: Flask, fernet_key: str, world: World) -> Callable[..., subprocess.Popen[str]]:
    """Another process that reads the Powerwall once; with `dies` it is killed between Tesla's answer and the saving of it."""

    def start(connection_id: int, *, dies: bool = False) -> subprocess.Popen[str]:
        import json

        running = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(_PROCESS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()
        )
        told = json.dumps([app.config["POWERSYNC"].database_url, fernet_key, world.environment(), connection_id, dies])
        assert running.stdin is not None
        running.stdin.write(told)
        running.stdin.close()
        return running

    return start


def test_processes_renew_once(engine: Engine, world: World, process: Callable[..., subprocess.Popen[str]]) -> None:
    _, connection_id = a_home(engine, world, lasts_s=30)
    running = [process(connection_id) for _ in range(3)]
    assert [each.wait(60) for each in running] == [0, 0, 0]
    assert len(world.tesla_auth.writes()) == 1


def test_a_kill_between_the_answer_and_the_save_stops_nobody_for_longer_than_a_turn(
    engine: Engine, world: World, process: Callable[..., subprocess.Popen[str]]
) -> None:
    """The stored token is tried again: within Tesla's rumoured grace for a used one it works."""
    world.tesla_account.grace = timedelta(hours=24)
    around, connection_id = a_home(engine, world, lasts_s=-1)
    assert process(connection_id, dies=True).wait(60) == 9
    battery = opened_battery(around, connection_id, ahead=HELD_FOR)
    assert battery.read_facts().count == 1  # type: ignore[attr-defined]
    assert len(world.tesla_auth.writes()) == 2
    held = store(around, 1).load()
    assert held is not None
    assert held.left_s is not None
    assert held.left_s > 28_000


def test_a_token_that_went_down_with_its_process_is_told_with_what_to_do(
    engine: Engine, world: World, process: Callable[..., subprocess.Popen[str]]
) -> None:
    around, connection_id = a_home(engine, world, lasts_s=-1)
    assert process(connection_id, dies=True).wait(60) == 9
    with pytest.raises(CredentialsRefused, match="sign in at Tesla again under Settings, Tesla"):
        opened_battery(around, connection_id, ahead=HELD_FOR).read_facts()  # type: ignore[attr-defined]


def test_one_who_holds_the_row_is_waited_for_and_not_for_ever(engine: Engine, session: Session, owner: User, a_site: Callable[..., Site]):
    site = a_site(owner)
    pace = SimulatedPace(utc_now())
    around = Surroundings(engine, pace)
    first = sign_in_of(around, site.id, device_brands("battery")["tesla"], utc_now)  # whose time stands still: it never seems killed
    with first.alone(), pytest.raises(Unreachable, match="another process"), first.alone():
        raise AssertionError("two at once")
    with first.alone():
        pass


def test_a_holder_whose_clock_was_ahead_is_not_waited_for(engine: Engine, session: Session, owner: User, a_site: Callable[..., Site]):
    site = a_site(owner)
    around = Surroundings(engine, SimulatedPace(utc_now()))
    brand = device_brands("battery")["tesla"]
    with (
        sign_in_of(around, site.id, brand, lambda: utc_now() + timedelta(days=400)).alone(),
        sign_in_of(around, site.id, brand, utc_now).alone(),
    ):
        pass


def test_a_lost_encryption_key_is_told_as_a_sign_in_to_be_made_again(engine: Engine, world: World):
    from cryptography.fernet import Fernet

    around, _ = a_home(engine, world)
    stranger = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    with engine.begin() as connection:
        connection.execute(text("UPDATE sign_in SET tokens = :it"), {"it": stranger})
    with pytest.raises(CredentialsRefused, match="sign in again"):
        store(around, 1).load()
