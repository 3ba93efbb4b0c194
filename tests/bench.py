"""`make bench`: measured figures as a table. Times are also given as multiples of a fixed piece of work measured in the same run, so that
machines and busy hours can be compared.

    python -m tests.bench [--write-readme]"""

import argparse
import gzip
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet
from sqlalchemy import Engine, insert

from app import create_app, extensions
from app.clock import utc_now
from app.config import Config, PasswordCost
from app.control import lease
from app.control.connections import load
from app.control.loop import tick
from app.control.price_rows import store
from app.control.surroundings import Surroundings
from app.domain.prices import PriceBook
from app.domain.tariffs.half_hourly import RollingTariff, build
from app.feeds.capabilities import PriceAnswer
from app.feeds.registry import retailer_brands
from app.jobs.desk import Desk
from app.models.energy import EnergyInterval, Reading
from app.models.price import Price
from app.models.site import Site
from app.models.types import keyring
from app.services import accounts, sites
from app.services.site_file import validate
from app.transports.context import Context
from app.transports.pace import RealPace
from tests import bench_backtest, bench_optimizer
from tests.bench_devices import devices
from tests.bench_parts import Row, a_database, a_free_port, be_quiet, wait_for
from tests.domain.builders import a_book

ROOT = Path(__file__).parents[1]
PASSWORD = "blue horse lamp river"
MARK = "<!-- generated:bench -->", "<!-- /generated:bench -->"


def unit_ms() -> float:
    """The fixed piece of work: a hundred thousand additions in a loop, median of 21."""

    def work() -> None:
        total = 0
        for number in range(100_000):
            total += number

    return median_ms(work, 21)


def median_ms(work: Callable[[], object], times: int) -> float:
    return statistics.median(sample_ms(work, times))


def sample_ms(work: Callable[[], object], times: int) -> list[float]:
    samples = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        samples.append((time.perf_counter() - began) * 1000)
    return samples


def p95(samples: list[float]) -> float:
    return sorted(samples)[int(len(samples) * 0.95)]


def in_time(what: str, ms: float, limit_ms: float, unit: float) -> Row:
    def words(value: float) -> str:
        return f"{value / 1000:.1f} s" if limit_ms >= 1000 else f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"

    return Row(what, words(ms), f"≤ {words(limit_ms)}", ms <= limit_ms, f"{ms / unit:.2f}")


TWO_SEASONS = [
    {
        "name": name,
        "from": first,
        "to": last,
        "periods": [
            {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "21:00", "import_c": peak_c, "feed_in_c": 8},
            {"name": "Weekend", "days": "sat,sun", "start": "15:00", "end": "21:00", "import_c": 31, "feed_in_c": 8},
            {"name": "Off-peak", "days": "all", "start": "21:00", "end": "15:00", "import_c": 24, "feed_in_c": 5},
        ],
    }
    for name, first, last, peak_c in (("Summer", "10-01", "03-31", 52), ("Winter", "04-01", "09-30", 44))
]


def a_site_file(number: int) -> dict[str, object]:
    return {
        "name": f"Home {number}",
        "timezone": "Australia/Sydney",
        "owner": "owner@example.com",
        "retailer": {"brand": "amber", "token": f"psk_{number}", "site_id": "01F5A5CRKMZ5BCX9P1S4V990AM"},
        "battery": {"brand": "tesla", "token": f"token-{number}", "energy_site_id": str(1000 + number)},
    }


def give_prices(around: Surroundings, site_id: int, import_c: float) -> None:
    now = utc_now()
    book = a_book(now, import_c=lambda _start: import_c)
    with around.session() as session:
        retailer = load(session, site_id, "retailer")
        assert retailer is not None
        answer = PriceAnswer(book.intervals, now, book.known_until, frozenset({"import", "feed_in"}))
        store(session, retailer, answer)
        session.commit()


def tariff_build(unit: float) -> Row:
    now = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
    book, zone = a_book(now, minutes=5, hours_back=2, hours_ahead=30), ZoneInfo("Australia/Sydney")
    assert isinstance(build(book, zone, now, "AUD"), RollingTariff)
    return in_time("Tariff of 48 slots from 5-minute prices", median_ms(lambda: build(book, zone, now, "AUD"), 200), 1, unit)


def a_year_of_tariffs(unit: float) -> Row:
    """A plan of fixed prices: its prices and the tariff of 48 slots at each local midnight of a year."""
    zone = ZoneInfo("Australia/Sydney")
    brand = retailer_brands()["custom_tou"]
    feed = brand.open(brand.fields(seasons=TWO_SEASONS, daily_charge_c=110), Context(RealPace(), zone=zone))
    midnights = [datetime(2026, 1, 1, tzinfo=zone) + timedelta(days=day) for day in range(365)]

    def build_all() -> None:
        for midnight in midnights:
            now = midnight.astimezone(UTC)
            answer = feed.fetch_ahead(now)
            book = PriceBook(answer.intervals, answer.as_of, answer.known_until, is_published_ahead=True)
            assert isinstance(build(book, zone, now, "AUD"), RollingTariff)

    return in_time("365 tariffs of one site with a plan of two seasons", median_ms(build_all, 3), 1000, unit)


def one_tick(unit: float) -> Row:
    with a_database() as (engine, _):
        around = Surroundings(engine, RealPace())
        with around.session() as session:
            sites.import_file(session, validate(a_site_file(1)), utc_now())
        give_prices(around, 1, 30.0)

        def work() -> None:
            with around.session() as session:
                grant = lease.take(session, 1, "bench", utc_now())
                tick(session, session.get_one(Site, 1), utc_now(), grant)

        sample_ms(work, 20)
        return in_time("One tick of one home without vendor time (SQLite)", median_ms(work, 100), 10, unit)


def optimizer(unit: float) -> list[Row]:
    """The optimizer's speed, what it earns in days lived through with wrong forecasts, and how long a backtest takes."""
    measured = [*bench_optimizer.rows(), *bench_optimizer.closed_loop_rows(), *bench_backtest.rows()]
    return [Row(what, figure, limit, is_kept, f"{ms / unit:.2f}" if ms else "") for what, figure, limit, is_kept, ms in measured]


def many_sites(unit: float, count: int = 200) -> list[Row]:
    port = a_free_port()
    vendor = subprocess.Popen([sys.executable, "-m", "tests.bench_vendor", str(port)], cwd=ROOT)
    sys.setswitchinterval(0.02)  # as the scheduler does
    try:
        with a_database() as (engine, _):
            around = Surroundings(engine, RealPace(), {"TESLEMETRY_API_URL": f"http://127.0.0.1:{port}"})
            for number in range(1, count + 1):
                with around.session() as session:
                    sites.import_file(session, validate(a_site_file(number)), utc_now())
            desk = Desk(around, utc_now, lease.holder_name("bench"))
            desk.renew()
            wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close() is None, 5)
            for number in range(1, count + 1):
                give_prices(around, number, 30.0)
            changed = tick_all_ms(desk)
            unchanged = tick_all_ms(desk)
            desk.close()
    finally:
        vendor.kill()
        sys.setswitchinterval(0.005)
    return [
        in_time(f"Tick of {count} homes in one process, nothing to send", unchanged, 5000, unit),
        in_time(f"Tick of {count} homes, a tariff sent and read back for each, vendor answering in 100 ms", changed, 5000, unit),
    ]


def tick_all_ms(desk: Desk) -> float:
    began = time.perf_counter()
    desk.tick_all()
    desk.workers.wait()
    return (time.perf_counter() - began) * 1000


def dashboard(unit: float) -> list[Row]:
    """The Now page of a home with a year of records."""
    with a_database() as (engine, folder):
        key = Fernet.generate_key().decode()
        config = Config("k" * 8 + os.urandom(24).hex(), (key,), str(engine.url), folder, password_cost=PasswordCost(8, 1, 1))
        app = create_app(config)
        keyring.use([key])
        around = Surroundings(engine, RealPace())
        with around.session() as session:
            accounts.create_account(session, app.extensions["powersync_passwords"], "owner@example.com", PASSWORD, utc_now())
            sites.import_file(session, validate(a_site_file(1)), utc_now())
        a_year(engine)
        give_prices(around, 1, 30.0)
        with around.session() as session:
            grant = lease.take(session, 1, "bench", utc_now())
            tick(session, session.get_one(Site, 1), utc_now(), grant)
        client = app.test_client()
        page = client.get("/sign-in").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        client.post("/sign-in", data={"csrf_token": token[1], "email": "owner@example.com", "password": PASSWORD})
        answer = client.get("/")
        assert answer.status_code == 200, answer.status
        sample_ms(lambda: client.get("/"), 20)
        samples = sample_ms(lambda: client.get("/"), 200)
        weight = page_weight(client, answer.text)
        engine.dispose()
        return [
            in_time("Now page with a year of data, p95", p95(samples), 25, unit),
            Row("First view of the Now page, gzipped", f"{weight / 1000:.0f} kB", "≤ 120 kB", weight <= 120_000),
        ]


def page_weight(client: object, html: str) -> int:
    """The page with every file that it asks for, each gzipped."""
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    bodies = [html.encode(), *(client.get(name).data for name in files)]  # type: ignore[attr-defined]
    return sum(len(gzip.compress(body)) for body in bodies)


def a_year(engine: Engine) -> None:
    """A year of prices and energy, sixty days of readings."""
    now = utc_now().replace(second=0, microsecond=0)
    start = now - timedelta(days=365)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO price_feed (id, key, connection_id, as_of, is_published_ahead, channels) VALUES "
            f"(1, 'connection:1', (SELECT id FROM connection WHERE role='retailer'), '{now:%Y-%m-%d %H:%M:%S}', 0, 'import,feed_in')"
        )
        for day in range(365):
            first = start + timedelta(days=day)
            five = [first + timedelta(minutes=5 * number) for number in range(288)]
            connection.execute(
                insert(Price),
                [
                    {
                        "feed_id": 1,
                        "start": at,
                        "minutes": 5,
                        "import_c": 30.0,
                        "feed_in_c": 8.0,
                        "quality": "settled",
                        "as_of": at,
                        "spike": "none",
                    }
                    for at in five
                ],
            )
            energy = {
                "site_id": 1,
                "covered_s": 300,
                "solar_wh": 100.0,
                "import_wh": 10.0,
                "export_wh": 20.0,
                "charge_wh": 30.0,
                "discharge_wh": 0.0,
                "load_wh": 60.0,
                "soc_pct": 50.0,
                "import_cost_c": 0.3,
                "feed_in_earned_c": 0.2,
            }
            connection.execute(insert(EnergyInterval), [{**energy, "minutes": 5, "start": at} for at in five])
            connection.execute(insert(EnergyInterval), [{**energy, "minutes": 30, "start": at} for at in five[::6]])
        for day in range(60):
            first = now - timedelta(days=day + 1)
            connection.execute(
                insert(Reading),
                [
                    {
                        "site_id": 1,
                        "taken_at": first + timedelta(minutes=number),
                        "solar_w": 1000,
                        "grid_w": 100,
                        "battery_w": -500,
                        "load_w": 600,
                        "soc_pct": 50.0,
                    }
                    for number in range(1440)
                ],
            )


def processes() -> list[Row]:
    """`run.py all` from an empty folder: time to healthy, and memory a minute later."""
    port = a_free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATA_DIR": folder, "PORT": str(port)}
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "run.py", "all"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").status == 200, 30)
            healthy_s = time.perf_counter() - began
            for _ in range(20):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in").read()
            time.sleep(5)
            memory_mb = pss_mb(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
    return [
        Row("Start (migrations included) to healthy", f"{healthy_s:.1f} s", "≤ 3 s", healthy_s <= 3),
        Row("Memory of web and scheduler, PSS of all processes", f"{memory_mb:.0f} MB", "≤ 200 MB", memory_mb <= 200),
    ]


def pss_mb(pid: int) -> float:
    """Proportional set size of a process and all below it."""
    total = 0.0
    for each in [pid, *descendants(pid)]:
        text = Path(f"/proc/{each}/smaps_rollup").read_text()
        total += float(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]
    return total / 1024


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [below for child in children for below in descendants(int(child))]


def table(rows: list[Row]) -> str:
    lines = ["| Figure | Measured | Limit | × unit |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.measured}{'' if row.is_kept else ' (missed)'} | {row.limit} | {row.units} |" for row in rows]
    return "\n".join(lines)


def write_readme(text: str) -> None:
    path = ROOT / "README.md"
    before, _, rest = path.read_text().partition(MARK[0])
    _, _, after = rest.partition(MARK[1])
    path.write_text(f"{before}{MARK[0]}\n{text}\n{MARK[1]}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--write-readme", action="store_true", help="Put the table into README.md.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    be_quiet()
    extensions.import_models()
    keyring.use([Fernet.generate_key().decode()])
    unit = unit_ms()
    rows = [
        tariff_build(unit),
        a_year_of_tariffs(unit),
        one_tick(unit),
        *optimizer(unit),
        *many_sites(unit),
        *devices(),
        *dashboard(unit),
        *processes(),
    ]
    text = table(rows) + f"\n\nUnit: {unit:.2f} ms, a loop of 100,000 additions on the same machine in the same run."
    print(json.dumps([row.__dict__ for row in rows]) if options.json else text)
    if options.write_readme:
        write_readme(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
