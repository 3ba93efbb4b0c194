"""The demo: a simulated home and its vendors in real time, a day of history, and PowerSync on it."""

import os
import secrets
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.clock import utc_now
from app.config import Config
from app.control.connections import load
from app.control.price_rows import feed_of, upsert
from app.extensions import db
from app.models.connection import Connection
from app.models.energy import Reading
from app.models.site import Site
from app.services import records, sites, summaries
from app.services.accounts import accounts_exist, create_account
from app.services.passwords import Passwords
from app.services.site_file import validate
from app.simulators.aemo import SUMMARY_PATH
from app.simulators.history import prepared_day
from app.simulators.pace import RealTime
from app.simulators.world import World
from app.supervise import bring_up_to_date, supervise

EMAIL = "demo@example.com"
MARK = "this-is-a-demo"
DAYS = 1
SEED = 7


def run(children_of: Callable[[Flask, Config], dict[str, Callable[[], int]]]) -> int:
    """Start everything; until asked to stop."""
    if not os.environ.get("DATA_DIR"):
        os.environ["DATA_DIR"] = str(_fresh_folder(Path("demo-data")))
    ports = _free_ports(7)
    world = _world(ports)
    os.environ.update({**_addresses(ports), "ALLOW_LOCALHOST_DEVICES": "1"})
    config = Config.from_env(os.environ)
    app = create_app(config, "demo")
    bring_up_to_date(app)
    with app.app_context():
        password = _prepare(app, db.session(), world)
        db.session.remove()
        db.engine.dispose()
    sign_in = f"Sign in as {EMAIL} with the password {password}" if password else "Sign in with the account that you made"
    print(
        f"\n  PowerSync demo: http://localhost:{config.port}\n  {sign_in}\n"
        "  A simulated home in Sydney on Amber prices, with a battery and a solar inverter; stop with Ctrl-C.\n",
        flush=True,
    )
    return supervise({"simulators": lambda: _live(ports), **children_of(app, config)})


def _world(ports: tuple[int, ...]) -> World:
    return World(
        RealTime(),
        seed=SEED,
        history_days=DAYS,
        amber_port=ports[0],
        amber_ws_port=ports[1],
        teslemetry_port=ports[2],
        aemo_port=ports[3],
        kwatch_port=ports[4],
        open_meteo_port=ports[5],
        solar_inverter=True,
        solar_inverter_port=ports[6],
    )


def _addresses(ports: tuple[int, ...]) -> dict[str, str]:
    return {
        "AMBER_API_URL": f"http://127.0.0.1:{ports[0]}/v1",
        "AMBER_WS_URL": f"ws://127.0.0.1:{ports[1]}",
        "TESLEMETRY_API_URL": f"http://127.0.0.1:{ports[2]}",
        "AEMO_SUMMARY_URL": f"http://127.0.0.1:{ports[3]}{SUMMARY_PATH}",
        "AEMO_NEMWEB_URL": f"http://127.0.0.1:{ports[3]}",
        "FLOW_POWER_API_URL": f"http://127.0.0.1:{ports[4]}/api/v1",
        "OPEN_METEO_API_URL": f"http://127.0.0.1:{ports[5]}",
    }


def _live(ports: tuple[int, ...]) -> int:
    """The simulated home and its vendors, in a process of their own."""
    with _world(ports):
        threading.Event().wait()
    return 0


def _free_ports(count: int) -> tuple[int, ...]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = tuple(each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    return ports


def _fresh_folder(folder: Path) -> Path:
    """The demo's own folder, emptied: a simulated home starts anew each time."""
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder.absolute()


def _prepare(app: Flask, session: Session, world: World) -> str | None:
    """The demo's account, home and history. Returns the password, None where the data folder held an account already."""
    if accounts_exist(session):
        _find_the_inverter_again(session, world)
        return None
    now, password = utc_now(), secrets.token_urlsafe(9)
    passwords: Passwords = app.extensions["powersync_passwords"]
    create_account(session, passwords, EMAIL, password, now)
    file = world.site_file("Home", "on", EMAIL) | {"solar_forecast": world.solar_forecast_entry("open_meteo")}
    file["policies"] |= {"optimizer": {"enabled": True, "mode": "watch"}}
    site = sites.import_file(session, validate(file), now)
    load_history(session, site, world)
    return password


def _find_the_inverter_again(session: Session, world: World) -> None:
    """The simulated inverter has a new port at each start, and its address stands in the database. Commits."""
    beside = world.solar_inverter
    for row in session.scalars(select(Connection).where(Connection.role == "inverter", Connection.brand == "sungrow_sg")):
        if beside is not None and row.config.get("host") == beside.host:
            row.config = {**row.config, "port": beside.port}
    session.commit()


def load_history(session: Session, site: Site, world: World, days: float = DAYS) -> None:
    """The simulated home's past: settled prices, readings, and the energy records made from them. Commits."""
    now = utc_now()
    retailer = load(session, site.id, "retailer")
    if retailer is None:
        return
    past = prepared_day(world, now, days=days, reading_minutes=1)
    feed = feed_of(session, retailer)
    feed.as_of = now
    upsert(
        session,
        [
            {
                "feed_id": feed.id,
                "start": each.start,
                "minutes": 5,
                "import_c": each.import_c_per_kwh,
                "feed_in_c": each.feed_in_c_per_kwh,
                "controlled_load_c": None,
                "quality": "settled",
                "as_of": now,
                "import_low_c": None,
                "import_high_c": None,
                "feed_in_low_c": None,
                "feed_in_high_c": None,
                "spike": "none",
                "descriptor": None,
                "renewables_pct": each.renewables_pct,
                "spot_c": None,
            }
            for each in past.prices
        ],
    )
    for reading in past.readings:
        session.merge(
            Reading(
                site_id=site.id,
                taken_at=reading.at,
                solar_w=round(reading.solar_w),
                grid_w=round(reading.grid_w),
                battery_w=round(reading.battery_w),
                load_w=round(reading.load_w),
                soc_pct=round(reading.soc_pct, 1),
                on_grid=True,
            )
        )
    session.commit()
    records.roll_up(session, site, now)
    summaries.bring_up(session, site, now, lambda _: None)  # Amber's bill is the sum of its half-hours
    session.commit()
