"""flask site, prices, tariff, tick, wish and replay: exit codes, one JSON value, one line on standard error, against vendors on sockets."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from app.cli import sites as commands
from app.config import Config
from app.control import lease
from app.control.surroundings import Surroundings
from app.domain.reasons import because
from app.models.control import JournalEntry, Lease
from app.models.site import Site
from app.models.user import User
from app.simulators.effects import IgnoreWrites, PriceGap, Refused, ShortHorizon, Status
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from tests.control.conftest import START

ROOT = Path(__file__).resolve().parents[2]
TICK_KEYS = ["now", "live", "wishes", "limits", "desired", "steps", "confirmed", "problems"]


@dataclass
class Command:
    """The flask commands on a simulated home; the clock is the test's."""

    app: Flask
    world: World
    pace: SimulatedPace
    engine: Engine

    def run(self, *args: str, stdin: str | None = None) -> Result:
        return self.app.test_cli_runner().invoke(args=list(args), input=stdin)

    def json(self, *args: str, stdin: str | None = None) -> Any:
        """The one JSON value of a command that succeeds."""
        result = self.run(*args, "--json", stdin=stdin)
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        return one_value(result)

    def import_home(self, **more: Any) -> None:
        self.json("site", "import", "-", stdin=json.dumps({**self.world.site_file(), **more}))

    def posts(self) -> list[str]:
        return [request.path.rsplit("/", 1)[1] for request in self.world.teslemetry.writes()]

    def requests(self, service: str) -> int:
        return len(self.world.services[service].requests)

    def later(self, **span: float) -> None:
        self.pace.advance(timedelta(**span).total_seconds())

    @property
    def plan(self) -> str:
        return str(self.world.powerwall.settings()["tariff_content_v2"].get("code", ""))


def one_value(result: Result) -> Any:
    """Exactly one JSON value, on one line."""
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def failed(result: Result, code: int = 1) -> str:
    """The one line of a command that could not."""
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("Error: ")
    return result.stderr.strip()


@pytest.fixture
def command_of(app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Command]]:
    """Builds a world and the commands that look at it; `control=None` imports no home."""
    worlds: list[World] = []

    def build(control: str | None = "on", **world: Any) -> Command:
        pace = SimulatedPace(START)
        made = World(pace, seed=3, **{"behaviour": Behaviour.prompt(), **world}).start()
        worlds.append(made)
        monkeypatch.setattr(commands, "utc_now", pace.now)
        monkeypatch.setattr(commands, "surroundings_of_app", lambda: Surroundings(engine, pace, made.environment()))
        command = Command(app, made, pace, engine)
        if control is not None:
            command.import_home(control=control)
        return command

    yield build
    for world in worlds:
        world.stop()


@pytest.fixture
def command(command_of: Callable[..., Command]) -> Command:
    return command_of()


# site


def test_a_site_file_makes_a_home_and_its_owner_without_a_password(command_of: Callable[..., Command], session: Session):
    command = command_of(None)
    imported = command.json("site", "import", "-", stdin=json.dumps(command.world.site_file()))
    assert imported == {"name": "Home", "id": imported["id"], "control": "on"}
    assert command.json("site", "list") == [{"id": imported["id"], "name": "Home", "timezone": "Australia/Sydney", "control": "on"}]
    owner = session.query(User).one()
    assert (owner.email, owner.password_hash) == ("owner@example.com", None)


def test_the_same_file_again_changes_the_home_and_makes_no_second_one(command: Command):
    command.import_home(control="watch", limits={"max_export_w": 5000})
    assert [row["control"] for row in command.json("site", "list")] == ["watch"]


def test_a_yaml_file_is_taken_from_its_path(command_of: Callable[..., Command], tmp_path: Path):
    file = tmp_path / "home.yaml"
    file.write_text("name: Shack\ntimezone: Australia/Adelaide\nowner: a@example.com\ncontrol: watch\n")
    assert command_of(None).json("site", "import", str(file))["name"] == "Shack"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com", "colour": 1}', "colour: unknown key; allowed: name"),
        ('{"name": "Home"}', "timezone: missing"),
        ("- 1", "the file must be an object"),
        ("{", "not readable as JSON or YAML"),
        ("[" * 3000, "nested too deeply"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_in_one_line(command_of: Callable[..., Command], tmp_path: Path, text: str, words: str):
    file = tmp_path / "home.json"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    command = command_of(None)
    assert words in failed(command.run("site", "import", str(file), "--json"))
    assert command.json("site", "list") == []


def test_an_export_has_no_secrets_and_can_be_imported_again_with_them_sealed(command: Command):
    secrets = [command.world.amber.account.token, command.world.teslemetry.site.token]
    exported = command.run("site", "export", "Home")
    assert exported.exit_code == 0
    assert not [secret for secret in secrets if secret in exported.stdout]
    assert command.json("site", "export", "Home") == json.loads(exported.stdout)
    sealed = command.run("site", "export", "Home", "--with-secrets", stdin="a long passphrase\n")
    assert sealed.exit_code == 0
    assert not [secret for secret in secrets if secret in sealed.stdout]
    file = {**json.loads(sealed.stdout), "name": "Copy"}
    path = Path(command.app.config["POWERSYNC"].data_dir) / "copy.json"
    path.write_text(json.dumps(file))
    assert "passphrase" in failed(command.run("site", "import", str(path)))
    assert command.json("site", "import", str(path), "--passphrase", stdin="a long passphrase\n")["name"] == "Copy"
    assert command.json("prices", "Copy")["intervals"]


def test_the_schema_names_every_key(command_of: Callable[..., Command]):
    schema = command_of(None).json("site", "schema")
    assert {"name", "timezone", "owner", "retailer", "battery", "limits", "policies"} <= set(schema["properties"])
    assert "settled_prices_only" in schema["properties"]["policies"]["properties"]["tariff_sync"]["properties"]


@pytest.mark.parametrize(
    "args",
    [("site", "export", "Nowhere"), ("prices", "Nowhere"), ("tariff", "Nowhere"), ("tick", "Nowhere"), ("wish", "Nowhere", "charge")],
)
def test_a_home_that_is_not_there_is_told_with_those_that_are(command: Command, args: tuple[str, ...]):
    assert failed(command.run(*args)) == "Error: there is no site 'Nowhere'; sites: Home"


@pytest.mark.parametrize(
    "args",
    [
        ("site", "import"),
        ("site", "paint"),
        ("prices",),
        ("prices", "Home", "--jsn"),
        ("tick", "Home", "twice"),
        ("wish", "Home"),
        ("wish", "Home", "explode"),
        ("wish", "Home", "charge", "--minutes", "5"),
        ("wish", "Home", "charge", "--minutes", "soon"),
        ("replay", "first"),
    ],
)
def test_wrong_use_is_told_in_one_line_with_exit_2(command: Command, args: tuple[str, ...]):
    assert "--help" in failed(command.run(*args), code=2)
    assert command.posts() == []


# prices and tariff


def test_prices_have_the_documented_keys(command: Command):
    prices = command.json("prices", "Home")
    assert list(prices) == ["now", "known_until", "intervals"]
    assert all(list(each) == ["start", "end", "import_c_per_kwh", "feed_in_c_per_kwh", "quality", "source"] for each in prices["intervals"])
    instants = [datetime.fromisoformat(each[key]) for each in prices["intervals"] for key in ("start", "end")]
    assert instants == sorted(instants)
    assert instants[0] <= START < instants[1]
    assert datetime.fromisoformat(prices["known_until"]) == instants[-1]


def test_the_tariff_has_48_half_hours_from_midnight_and_what_would_be_sent(command: Command):
    tariff = command.json("tariff", "Home")
    assert list(tariff) == ["slots", "payload"]
    assert [slot["start"] for slot in tariff["slots"]] == [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30)]
    assert {tuple(slot) for slot in tariff["slots"]} == {("start", "date", "import_c_per_kwh", "feed_in_c_per_kwh", "quality")}
    assert tariff["payload"]
    assert command.posts() == []


def test_what_a_tick_sends_is_what_the_tariff_command_showed(command: Command):
    shown = command.json("tariff", "Home")["payload"]
    command.json("tick", "Home")
    sent = [request.body for request in command.world.teslemetry.writes()]
    assert len(sent) == 1
    assert sent[0]["tou_settings"]["tariff_content_v2"] == shown


WEEK = [
    {"name": "Peak", "days": "mon-fri", "start": "15:00", "end": "21:00", "import_c": 35, "feed_in_c": 8},
    {"name": "Weekend", "days": "sat,sun", "start": "15:00", "end": "21:00", "import_c": 20, "feed_in_c": 8},
    {"name": "Night", "days": "all", "start": "21:00", "end": "15:00", "import_c": 12, "feed_in_c": 5},
]
PLAN = {"brand": "custom_tou", "seasons": [{"name": "All year", "from": "01-01", "to": "12-31", "periods": WEEK}], "daily_charge_c": 110}


def test_a_plan_of_fixed_prices_is_shown_with_its_weeks_sent_as_shown_and_kept(command: Command):
    command.import_home(name="Planned", retailer=PLAN)
    shown = command.json("tariff", "Planned")
    assert list(shown) == ["slots", "weeks", "payload"]
    assert len(shown["slots"]) == 48
    (season,) = shown["weeks"]
    assert (season["name"], season["from"], season["to"]) == ("All year", "01-01", "12-31")
    assert [
        (day["days"], [(each["start"], each["end"], each["import_c_per_kwh"]) for each in day["periods"]]) for day in season["days"]
    ] == [
        (["mon", "tue", "wed", "thu", "fri"], [("00:00", "15:00", 12.0), ("15:00", "21:00", 35.0), ("21:00", "24:00", 12.0)]),
        (["sat", "sun"], [("00:00", "15:00", 12.0), ("15:00", "21:00", 20.0), ("21:00", "24:00", 12.0)]),
    ]
    assert command.json("tick", "Planned")["confirmed"]
    assert command.plan == "POWERSYNC:TOU"
    assert command.world.powerwall.settings()["tariff_content_v2"] == shown["payload"]
    assert shown["payload"]["daily_charges"] == [{"name": "Supply", "amount": 1.1}]
    for _ in range(3):
        command.later(hours=9)
        assert command.json("tick", "Planned")["steps"] == []
    assert command.posts() == ["time_of_use_settings"]


def test_for_people_the_plan_stands_below_the_half_hours(command: Command):
    command.import_home(name="Planned", retailer=PLAN)
    day, _, year = command.run("tariff", "Planned").stdout.partition("\n\n")
    assert len(day.splitlines()) == 48
    assert year.splitlines()[0] == "All year"
    assert year.splitlines()[2].split() == ["Mon–Fri", "15:00", "–", "21:00", "35.0", "c", "8.0", "c", "Peak"]


@pytest.mark.parametrize("name", ["prices", "tariff"])
def test_a_home_without_a_retailer_has_neither(command: Command, name: str):
    command.json("site", "import", "-", stdin=json.dumps({"name": "Bare", "timezone": "Australia/Sydney", "owner": "a@example.com"}))
    assert failed(command.run(name, "Bare", "--json"))


# tick


def test_a_tick_acts_waits_for_the_read_back_and_tells_what_it_did(command: Command):
    report = command.json("tick", "Home", "--once")
    assert list(report) == TICK_KEYS
    assert list(report["live"]) == ["solar_w", "grid_w", "battery_w", "load_w", "soc_pct", "taken_at"]
    assert (report["desired"]["command"], report["desired"]["policy"]) == ("FollowTariff", "tariff_sync")
    assert report["steps"] == ["remember the owner's settings", "write tariff"]
    assert (report["confirmed"], report["problems"]) == (True, [])
    assert command.posts() == ["time_of_use_settings"]
    assert command.plan == "POWERSYNC:SYNC"


def test_unchanged_prices_are_written_once(command: Command):
    command.json("tick", "Home")
    asked = command.requests("amber")
    for _ in range(3):
        command.later(seconds=40)
        report = command.json("tick", "Home")
        assert (report["steps"], report["confirmed"]) == ([], True)
    assert command.posts() == ["time_of_use_settings"]
    assert command.requests("amber") <= asked + 4  # at most the two later looks of this 5-minute period, two calls each


def test_a_dry_run_decides_and_sends_nothing(command: Command):
    report = command.json("tick", "Home", "--dry-run")
    assert list(report) == TICK_KEYS
    assert report["desired"]["command"] == "FollowTariff"
    assert (report["steps"], report["confirmed"]) == ([], True)
    assert command.posts() == []


def test_a_home_that_only_watches_is_sent_nothing(command_of: Callable[..., Command]):
    command = command_of("watch")
    assert command.json("tick", "Home")["desired"]["command"] == "FollowTariff"
    assert command.posts() == []


@pytest.mark.parametrize(("service", "vendor"), [("amber", "Amber"), ("teslemetry", "Teslemetry")])
def test_a_refused_token_is_told_once_with_vendor_and_remedy(command_of: Callable[..., Command], service: str, vendor: str):
    command = command_of(None)
    command.world.faults.add(Status(401), server=service)
    command.import_home()
    result = command.run("tick", "Home", "--json")
    line = failed(result)
    assert line.startswith(f"Error: {vendor}: the token was not accepted")
    assert "enter it under Devices" in line
    assert one_value(result)["problems"]
    for _ in range(4):
        command.later(minutes=6)
        failed(command.run("tick", "Home"))
    assert 1 <= command.requests(service) <= 3
    assert command.posts() == []


def test_a_refused_token_leaves_no_prices_and_no_tariff(command: Command):
    command.world.faults.add(Status(401), server="amber")
    assert "Amber: the token was not accepted" in failed(command.run("prices", "Home", "--json"))
    assert "Amber: the token was not accepted" in failed(command.run("tariff", "Home", "--json"))
    assert command.requests("amber") <= 3


def test_a_gap_is_named_by_its_half_hours_and_nothing_is_sent(command: Command):
    command.world.faults.add(PriceGap(half_hours=2, ahead_half_hours=3), server="amber")
    report = command.json("tick", "Home")
    assert report["problems"] == ["No price for Fri 15:30, Fri 16:00"]
    assert (report["desired"], report["steps"]) == (None, [])
    assert command.posts() == []
    assert "No price for Fri 15:30, Fri 16:00" in failed(command.run("tariff", "Home", "--json"))


def test_a_gap_leaves_the_last_good_tariff(command: Command):
    command.json("tick", "Home")
    command.world.faults.add(PriceGap(half_hours=1, ahead_half_hours=4), server="amber")
    command.later(minutes=5)
    report = command.json("tick", "Home")
    assert report["problems"] == ["No price for Fri 16:00"]
    assert (report["desired"]["command"], report["confirmed"]) == ("FollowTariff", True)
    assert command.posts() == ["time_of_use_settings"]


def test_a_short_horizon_is_widened_by_the_markets_forecast(command: Command):
    command.world.faults.add(ShortHorizon(hours=3), server="amber")
    report = command.json("tick", "Home")
    assert report["problems"] == []
    assert command.posts() == ["time_of_use_settings"]


def test_a_short_horizon_without_the_market_is_named_and_nothing_is_sent(command: Command):
    command.world.faults.add(ShortHorizon(hours=3), server="amber")
    command.world.faults.add(Refused(), server="aemo")
    report = command.json("tick", "Home")
    assert len(report["problems"]) == 1
    assert report["problems"][0].startswith("Prices are known only until Fri 17:")
    assert command.posts() == []


def test_a_command_that_was_accepted_and_ignored_is_no_success(command: Command):
    command.world.faults.add(IgnoreWrites(), server="teslemetry")
    result = command.run("tick", "Home", "--json")
    line = failed(result)
    assert "Teslemetry" in line
    assert "accepted and not shown" in line
    report = one_value(result)
    assert report["confirmed"] is False
    assert report["steps"] == ["remember the owner's settings", "write tariff"]
    assert any("accepted and not shown" in problem for problem in report["problems"])
    command.later(seconds=10)
    again = command.run("tick", "Home", "--json")
    assert failed(again)
    assert one_value(again)["confirmed"] is False


def test_a_battery_that_does_not_answer_is_named(command: Command):
    command.world.faults.add(Refused(), server="teslemetry")
    result = command.run("tick", "Home", "--json")
    assert failed(result).startswith("Error: Teslemetry")
    assert one_value(result)["confirmed"] is False


def test_a_live_scheduler_keeps_the_command_from_acting(command: Command, session: Session):
    site = session.query(Site).one()
    lease.take(session, site.id, lease.holder_name("scheduler"), command.pace.now())
    assert failed(command.run("tick", "Home", "--json")) == "Error: the scheduler is acting"
    assert command.posts() == []
    assert command.json("tick", "Home", "--dry-run")["desired"]["command"] == "FollowTariff"


def test_a_tick_gives_the_lease_back(command: Command, session: Session):
    command.json("tick", "Home")
    assert session.query(Lease).one().holder is None


# wish


def test_a_wish_is_recorded_and_the_next_tick_carries_it_out(command: Command):
    wish = command.json("wish", "Home", "charge", "--minutes", "45")
    assert wish == {"kind": "charge", "until": (START + timedelta(minutes=45)).isoformat()}
    report = command.json("tick", "Home")
    assert (report["desired"]["command"], report["desired"]["policy"]) == ("Charge", "owner")
    assert {"policy": "owner", "axis": "battery", "command": "Charge", "until": wish["until"]} in report["wishes"]
    assert command.plan.startswith("POWERSYNC:CHARGE")
    assert command.json("wish", "Home", "restore") == {"ended": 1}
    assert command.json("tick", "Home")["desired"]["command"] == "FollowTariff"
    assert command.plan == "POWERSYNC:SYNC"


def test_a_wish_that_the_battery_cannot_honour_is_refused(command: Command):
    assert "chooses its power itself" in failed(command.run("wish", "Home", "charge", "--power-w", "3000"))
    assert command.json("tick", "Home")["desired"]["policy"] == "tariff_sync"


# replay


def test_an_entry_of_the_journal_is_decided_again(command: Command, session: Session):
    command.json("tick", "Home")
    entry = session.query(JournalEntry).order_by(JournalEntry.id.desc()).first()
    assert entry is not None
    told = command.json("replay", str(entry.id))
    assert (told["entry"], told["recorded"]) == (entry.id, {"code": "follows_prices", "policy": "tariff_sync"})
    decided = told["decided"]
    assert (decided["code"], decided["policy"], decided["command"]["is"]) == ("follows_prices", "tariff_sync", "FollowTariff")
    assert decided["reason"].startswith("Your battery plans with Amber Electric prices")
    assert {each["policy"]: each["opinion"] for each in told["opinions"]}["tariff_sync"] == "Wish"
    assert told["same"] is True
    text = command.run("replay", str(entry.id)).stdout
    assert "Decided again: FollowTariff by tariff_sync" in text
    assert text.endswith("The same as recorded\n")


def test_a_wish_a_restore_and_a_notice_are_decided_again(command: Command, session: Session):
    command.json("tick", "Home")
    command.json("wish", "Home", "charge")
    command.json("tick", "Home")
    command.world.faults.add(PriceGap(half_hours=1, ahead_half_hours=4), server="amber")
    command.later(minutes=5)
    command.json("tick", "Home")
    command.json("wish", "Home", "restore")
    command.import_home(control="watch")
    command.json("tick", "Home")
    entries = [entry for entry in session.query(JournalEntry).order_by(JournalEntry.id) if entry.kind != "owner"]
    assert {"tariff", "decision", "notice", "restore"} <= {entry.kind for entry in entries}
    assert {entry.code: command.json("replay", str(entry.id))["same"] for entry in entries} == {entry.code: True for entry in entries}


def test_a_decision_that_comes_out_otherwise_is_told(command: Command, session: Session):
    command.json("tick", "Home")
    session.execute(update(JournalEntry).values(code=because("owner_charge").code))
    session.commit()
    entry = session.query(JournalEntry).order_by(JournalEntry.id.desc()).first()
    assert entry is not None
    assert command.json("replay", str(entry.id))["same"] is False
    assert command.run("replay", str(entry.id)).stdout.endswith("Not the same as recorded\n")


def test_an_entry_that_is_not_there_or_was_cleaned_cannot_be_decided_again(command: Command, session: Session):
    command.json("tick", "Home")
    entry = session.query(JournalEntry).order_by(JournalEntry.id.desc()).first()
    assert entry is not None
    assert failed(command.run("replay", "987654", "--json")) == "Error: there is no journal entry 987654"
    session.execute(update(JournalEntry).values(snapshot=None))
    session.commit()
    assert "has no snapshot" in failed(command.run("replay", str(entry.id)))
    session.execute(update(JournalEntry).values(snapshot=b"torn"))
    session.commit()
    assert "cannot be read" in failed(command.run("replay", str(entry.id)))


# in a process of its own, as a script calls it


def flask(config: Config, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "FLASK_APP": str(ROOT / "run.py"),
        "DATA_DIR": str(config.data_dir),
        "SECRET_KEY": config.secret_key,
        "FERNET_ENCRYPTION_KEY": config.fernet_keys[0],
        "AMBER_API_URL": "http://127.0.0.1:9/v1",
        "TESLEMETRY_API_URL": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, "-m", "flask", *args],
        cwd=config.data_dir,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_script_gets_one_value_one_line_and_the_exit_code(config: Config):
    file = {"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com", "retailer": {"brand": "amber", "token": "psk_x"}}
    imported = flask(config, "site", "import", "-", "--json", stdin=json.dumps(file))
    assert (imported.returncode, imported.stderr) == (0, "")
    assert json.loads(imported.stdout)["name"] == "Home"
    prices = flask(config, "prices", "Home", "--json")
    assert (prices.returncode, prices.stdout) == (1, "")
    assert prices.stderr.startswith("Error: Amber does not answer: ")
    assert prices.stderr.count("\n") == 1
    wrong = flask(config, "tick", "--json")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)


def test_a_database_without_tables_is_told_in_one_line(config: Config):
    (config.data_dir / "app.db").unlink()
    listed = flask(config, "site", "list", "--json")
    assert (listed.returncode, listed.stdout) == (1, "")
    assert listed.stderr == "Error: the database is not set up: run flask db upgrade\n"


def test_the_lease_of_a_scheduler_on_another_host_is_respected(command: Command, session: Session):
    site = session.query(Site).one()
    lease.take(session, site.id, f"scheduler@not-{socket.gethostname()}:1:1", command.pace.now())
    assert failed(command.run("tick", "Home")) == "Error: the scheduler is acting"
    command.later(seconds=91)  # a killed holder's lease ends
    assert command.json("tick", "Home")["confirmed"] is True
