"""What reading the devices of ten homes costs the scheduler, and what ten dead devices do to the others.

python -m tests.bench_devices"""

import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import select

from app import extensions
from app.clock import utc_now
from app.control import lease
from app.control.surroundings import Surroundings
from app.jobs.desk import Desk
from app.models.connection import Connection
from app.models.types import keyring
from app.services import sites
from app.services.site_file import validate
from app.transports.pace import RealPace
from tests.bench_parts import Row, a_database, be_quiet, wait_for

ROOT = Path(__file__).parents[1]
TURN_S = 15  # the sampler comes round so often, and each device is read at every second turn
TURNS = 20  # five minutes: among them settings are read once, as in earnest
SHARE_PCT, DELAY_S = 5.0, 1.0
EARLIER = datetime.min.replace(tzinfo=UTC)


class Watched(Desk):
    """A desk that notes when each reading was done, at hours that pass as fast as they are asked for."""

    def __init__(self, around: Surroundings) -> None:
        self.ahead = timedelta(0)
        self.done_s: dict[int, float] = {}
        super().__init__(around, lambda: utc_now() + self.ahead, lease.holder_name("bench"))
        self.renew()

    def _sample(self, connection_id: int) -> None:
        super()._sample(connection_id)
        self.done_s[connection_id] = time.perf_counter()

    def turn(self) -> tuple[datetime, float]:
        """One turn of the sampler. Returns its hour, and when it began in seconds of this machine."""
        self.ahead += timedelta(seconds=TURN_S)
        began = self.clock(), time.perf_counter()
        self.sample_due()
        return began


@contextmanager
def plant() -> Iterator[list[dict[str, Any]]]:
    """The devices of ten homes, in a process of their own."""
    process = subprocess.Popen([sys.executable, "-m", "tests.bench_plant"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def desk_of(homes: list[dict[str, Any]]) -> Iterator[Watched]:
    with a_database() as (engine, _):
        around = Surroundings(engine, RealPace())
        for number, devices in enumerate(homes):
            data = {
                "name": f"Home {number}",
                "timezone": "Australia/Sydney",
                "owner": "owner@example.com",
                "control": "watch",
                "retailer": {"brand": "amber", "token": f"psk_{number}", "site_id": "01F5A5CRKMZ5BCX9P1S4V990AM"},
                **devices,
            }
            with around.session() as session:
                sites.import_file(session, validate(data), utc_now())
        desk = Watched(around)
        sys.setswitchinterval(0.02)  # as the scheduler does
        try:
            yield desk
        finally:
            sys.setswitchinterval(0.005)
            desk.readers.stop(wait=True)
            desk.close()


def rows_of(desk: Desk) -> list[Connection]:
    with desk.around.reading() as session:
        return list(session.scalars(select(Connection).where(Connection.role != "retailer").order_by(Connection.id)))


@dataclass
class Seen:
    """What some turns have shown: the share of one core that they took at their real pace, and how long after its turn began each device's
    slowest reading was done."""

    share_pct: float
    slowest_s: dict[int, float]
    readings: int


def watch(desk: Watched, turns: int, which: Collection[int], *, waits_for_dead: bool = False) -> Seen:
    """Turns one after the other; each waits for the readings of `which` that it has begun, so that none is left out because the hours pass
    faster here."""
    slowest: dict[int, float] = dict.fromkeys(which, 0.0)
    readings, began_cpu_s = 0, time.process_time()
    for _ in range(turns):
        hour, began_s = desk.turn()
        begun = [row.id for row in rows_of(desk) if (desk.readers.begun_at(row.id) or EARLIER) >= hour]
        waited = [each for each in begun if waits_for_dead or each in slowest]
        wait_for(lambda waited=waited, began_s=began_s: all(desk.done_s.get(each, 0.0) > began_s for each in waited), 60)
        for each in slowest.keys() & set(begun):
            slowest[each] = max(slowest[each], desk.done_s[each] - began_s)
            readings += 1
    return Seen((time.process_time() - began_cpu_s) / (turns * TURN_S) * 100, slowest, readings)


@contextmanager
def dead_addresses() -> Iterator[Iterator[tuple[str, int]]]:
    """Where nobody listens, where somebody takes the connection and says nothing, and where the first packet is lost."""
    with ExitStack() as life:
        mute = life.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        lost = life.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # its queue is full: what comes now is dropped, as on the way to an address without a route
            caller = life.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(lost.getsockname())
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = closed.getsockname()
        yield cycle([nobody, mute.getsockname(), lost.getsockname()])


def with_dead_ones(homes: list[dict[str, Any]], addresses: Iterator[tuple[str, int]]) -> list[dict[str, Any]]:
    """Every second home's devices are dead."""

    def dead(entry: dict[str, Any]) -> dict[str, Any]:
        host, port = next(addresses)
        return {**entry, "host": host, "port": port}

    return [
        {"battery": dead(home["battery"]), "inverters": [dead(each) for each in home["inverters"]]} if number % 2 else home
        for number, home in enumerate(homes)
    ]


def devices() -> list[Row]:
    """The figures."""
    with plant() as homes:
        with desk_of(homes) as desk:
            every = [row.id for row in rows_of(desk)]
            first = watch(desk, 2, every)  # opens them
            alone = watch(desk, TURNS, every)
            assert alone.readings == len(every) * TURNS // 2, f"{alone.readings} readings"
            assert not [row.problem for row in rows_of(desk) if row.problem is not None]
        with dead_addresses() as addresses, desk_of(with_dead_ones(homes, addresses)) as desk:
            alive = [row.id for number, row in enumerate(rows_of(desk)) if number // 2 % 2 == 0]
            opening = watch(desk, 1, alive)  # nobody knows yet which are dead
            busy = watch(desk, 2, alive, waits_for_dead=True)  # the dead ones are tried at each turn
            beside = watch(desk, 8, alive)
            assert {row.id for row in rows_of(desk) if row.problem is None} == set(alive)
    delays_s = [opening.slowest_s[each] - first.slowest_s[each] for each in alive]
    delays_s += [max(busy.slowest_s[each], beside.slowest_s[each]) - alone.slowest_s[each] for each in alive]
    delay_s = max(0.0, *delays_s)
    usual_s = statistics.median(alone.slowest_s.values())
    words = f"{delay_s:.2f} s (a reading takes {usual_s:.2f} s, the slowest device's {max(alone.slowest_s.values()):.1f} s)"
    return [
        share_row("CPU of reading 20 Modbus devices each 30 s, of one core", alone.share_pct),
        share_row("The same while 10 of them are dead and tried each 15 s", busy.share_pct),
        Row("Delay of the others' readings by 10 dead ones of 20", words, f"≤ {DELAY_S:.0f} s", delay_s <= DELAY_S),
    ]


def share_row(what: str, share_pct: float) -> Row:
    return Row(what, f"{share_pct:.1f} %", f"≤ {SHARE_PCT:.0f} %", share_pct <= SHARE_PCT)


if __name__ == "__main__":
    be_quiet()
    extensions.import_models()
    keyring.use([Fernet.generate_key().decode()])
    for row in devices():
        print(row)
