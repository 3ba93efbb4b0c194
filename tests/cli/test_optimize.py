"""flask optimize: one JSON answer, exit codes, one line on standard error."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from app.config import Config
from app.optimizer.problem_file import problem_from_json
from tests.optimizer.judge import broken_rules, cost
from tests.optimizer.test_problem_file import a_file

ARRAYS = ["charge_kw", "discharge_kw", "grid_import_kw", "grid_export_kw", "curtailed_kw", "soc", "action"]


@pytest.fixture
def app(config: Config) -> Flask:
    return create_app(config)


def run(app: Flask, *args: str, stdin: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["optimize", *args], input=stdin)


def one_line(result: Result) -> str:
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return str(line)


@pytest.mark.parametrize("args", [("--json",), ()])
def test_the_answer_is_one_json_value_in_the_form_of_the_contract(app: Flask, args: tuple[str, ...]) -> None:
    file = a_file() | {"terminal_value_per_kwh": 0.2}
    result = run(app, "-", *args, stdin=json.dumps(file))
    assert (result.exit_code, result.stderr) == (0, "")
    answer = json.loads(result.stdout)
    assert list(answer) == ["objective", "lower_bound", "engine", "solve_ms", *ARRAYS]
    assert all(len(answer[name]) == 2 for name in ARRAYS)
    problem = problem_from_json(file)
    assert broken_rules(problem, answer) == []
    assert cost(problem, answer) == pytest.approx(answer["objective"], abs=1e-9)
    assert answer["solve_ms"] >= 0
    assert answer["action"] == ["SELF_CONSUMPTION", "SELF_CONSUMPTION"]


def test_a_file_is_read(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(a_file()))
    assert run(app, str(path), "--json").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "the file is not JSON: Expecting property name enclosed in double quotes in line 1, column 2"),
        ("[" * 100_000, "the file is nested too deeply to be a problem"),
        ('{"grid": 1, "grid": 2}', "grid: stands there twice"),
        (json.dumps(a_file() | {"load_kw": [0.6, float("nan")]}), "load_kw[1]: must be a finite number"),
        (
            json.dumps(a_file() | {"load_kw": [0.6, 60]}),
            "grid.max_import_kw: cannot be kept in interval 1: 39.000 kW more are needed, whatever the battery does",
        ),
        (
            json.dumps(a_file() | {"solar_kw": [0, 60], "solar_curtailable": False}),
            "grid.max_export_kw: cannot be kept in interval 1: 49.300 kW more are needed, whatever the battery does",
        ),
    ],
)
def test_a_problem_that_cannot_be_solved_is_told_in_one_line(app: Flask, text: str, words: str) -> None:
    result = run(app, "-", "--json", stdin=text)
    assert result.exit_code == 1
    assert one_line(result) == f"Error: {words}"


def test_text_that_is_not_utf_8_is_told(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    path.write_bytes(b"\xff\xfe{}")
    result = run(app, str(path))
    assert (result.exit_code, one_line(result)) == (1, "Error: the file is not UTF-8 text")


@pytest.mark.parametrize("args", [(), ("no-such-file.json",), ("-", "--fast")])
def test_wrong_use_is_exit_2(app: Flask, args: tuple[str, ...]) -> None:
    result = run(app, *args, stdin="{}")
    assert result.exit_code == 2
    assert one_line(result).startswith("Error: ")
