"""flask backtest: one JSON value, a table for people, exit codes, one line on standard error."""

import json
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.services.backtesting.test_run import A_PLAN
from tests.services.summaries.homes import RecordedHome

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("app.cli.backtest"), "utc_now", lambda: NOW)


@pytest.fixture
def home(session: Session) -> RecordedHome:
    return RecordedHome(session).metered(MONDAY, TUESDAY).priced(MONDAY, TUESDAY)


def run(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["backtest", *args])


def failed(result: Result, code: int = 1) -> str:
    assert (result.exit_code, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    return str(line)


def test_the_result_is_one_json_value(app: Flask, home: RecordedHome):
    result = run(app, "Home", "--to", "2026-11-17", "--strategy", "perfect", "--strategy", "no-battery", "--capacity-kwh", "7", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout)
    assert (found["name"], found["from"], found["to"], found["step_minutes"]) == ("Home", "2026-11-16", "2026-11-17", 30)
    assert found["battery"]["capacity_kwh"] == 7.0
    assert [each["strategy"] for each in found["strategies"]] == ["perfect", "no-battery"]
    assert all(len(each["days"]) == 2 for each in found["strategies"])


def test_people_get_a_table(app: Flask, home: RecordedHome):
    result = run(app, "Home", "--to", "2026-11-17", "--step", "5", "--strategy", "self-consumption")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "self-consumption" in result.stdout
    assert "Measured and priced: 100.0 % of the time" in result.stdout
    assert "2026-11-1" in result.stdout


def test_a_meter_file_and_a_retailer_file_are_read(app: Flask, home: RecordedHome, tmp_path: Path):
    meter, retailer = tmp_path / "meter.csv", tmp_path / "retailer.json"
    day = ",".join(["0.5"] * 48)
    meter.write_text(f"100,NEM12,202601130100,MDP1,RET\n200,6123456789,E1,1,E1,N1,M,KWH,30,\n300,20260112,{day},A,,,,\n900\n")
    retailer.write_text(json.dumps(A_PLAN))
    result = run(app, "Home", "--csv", str(meter), "--retailer-file", str(retailer), "--strategy", "no-battery", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["source"] == "file"
    assert found["strategies"][0]["total_cost"] == pytest.approx(12 * 0.5 * 0.5 + 36 * 0.5 * 0.2, abs=1e-3)


def test_what_cannot_be_done_is_one_line_and_exit_1(app: Flask, home: RecordedHome, tmp_path: Path):
    assert "Nowhere" in failed(run(app, "Nowhere"))
    meter = tmp_path / "meter.csv"
    meter.write_text("start,load_kwh,solar_kwh\n2026-01-12 00:00,1,0\nsoon,1,0\n")
    assert "line 3: start is not a time" in failed(run(app, "Home", "--csv", str(meter)))
    meter.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in failed(run(app, "Home", "--csv", str(meter)))


@pytest.mark.parametrize(
    "args", [("--strategy", "magic"), ("--step", "10"), ("--from", "monday"), ("--csv", "/no/such/file"), ("--capacity-kwh", "x")]
)
def test_wrong_use_is_exit_2(app: Flask, home: RecordedHome, args: tuple[str, str]):
    assert failed(run(app, "Home", *args), code=2)
