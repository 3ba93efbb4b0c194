"""The make targets, and what they say on a machine that lacks something."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .files import ROOT, text

TARGETS = ("setup", "demo", "test", "run", "lint", "bench", "soak", "mutants")


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "CHROMIUM")}
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, check=False)


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment: what make needs, and two lists of pins."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "requirements-dev.txt").write_text("")
    return tmp_path


def with_a_recording_environment(checkout: Path) -> Path:
    """Put a Python into .venv that installs nothing, and writes down how it was called."""
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    calls = checkout / "calls"
    program(binaries / "python", f'echo "$*" >> {calls}')
    return calls


def test_make_alone_lists_every_target() -> None:
    listed = re.findall(r"^make (\w+) +\S", make(ROOT).stdout, re.MULTILINE)
    assert set(TARGETS) | {"help"} == set(listed)


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("demo", "run.py demo"),
        ("run", "run.py all"),
        ("bench", "-m tests.bench"),
        ("soak", "-m tests.soak"),
        ("mutants", "-m mutmut run app.domain.* app.control.*"),
    ],
)
def test_a_target_runs_its_command_after_the_set_up(checkout: Path, target: str, command: str) -> None:
    calls = with_a_recording_environment(checkout)
    (checkout / target).touch()  # a file of that name, newer than everything, is not the target
    os.utime(checkout / target, (2**32, 2**32))
    assert make(checkout, target).returncode == 0
    lines = calls.read_text().splitlines()
    assert any("--require-hashes --requirement requirements.txt" in line for line in lines)
    assert lines[-1] == command


def test_a_second_set_up_does_nothing_until_a_pin_changes(checkout: Path) -> None:
    calls = with_a_recording_environment(checkout)
    make(checkout, "setup")
    first = calls.read_text()
    make(checkout, "setup")
    assert calls.read_text() == first
    later = (checkout / ".venv" / ".runtime").stat().st_mtime + 10
    os.utime(checkout / "requirements.txt", (later, later))
    make(checkout, "setup")
    assert calls.read_text() == first * 2


def test_a_failed_installation_is_tried_again(checkout: Path) -> None:
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    program(binaries / "python", 'case "$*" in *install*) exit 1;; esac')
    outcome = make(checkout, "setup")
    assert outcome.returncode != 0
    assert "Could not install requirements.txt" in outcome.stderr
    assert make(checkout, "setup").returncode != 0


def complaint(outcome: subprocess.CompletedProcess[str]) -> str:
    """What was said on standard error, without make's own closing line."""
    lines = [line for line in outcome.stderr.splitlines() if not line.startswith("make: ***")]
    assert outcome.returncode != 0
    assert len(lines) == 1, outcome.stderr
    return lines[0]


def test_an_old_python_is_named_in_one_line(checkout: Path) -> None:
    pretence = "import sys; sys.version_info = (3, 10, 14); exec(sys.argv[1])"
    old = program(checkout / "python3.10", f"exec {sys.executable} -c '{pretence}' \"$2\"")
    assert "PowerSync needs Python 3.11 or newer" in complaint(make(checkout, "setup", f"PYTHON={old}"))
    assert not (checkout / ".venv").exists()


def test_a_python_without_venv_is_named_in_one_line(checkout: Path) -> None:
    bare = program(checkout / "python-bare", 'case "$*" in *ensurepip*) exit 1;; esac')
    said = complaint(make(checkout, "setup", f"PYTHON={bare}"))
    assert "has no venv module" in said
    assert "python3-venv" in said


def test_a_half_made_environment_is_removed(checkout: Path) -> None:
    script = f'case "$*" in *--clear*) mkdir -p {checkout}/.venv/bin; touch {checkout}/.venv/bin/python; exit 1;; esac'
    broken = program(checkout / "python-broken", script)
    assert make(checkout, "setup", f"PYTHON={broken}").returncode != 0
    assert not (checkout / ".venv").exists()


def test_the_parts_of_the_tests_run_in_order_and_are_timed(checkout: Path) -> None:
    calls = with_a_recording_environment(checkout)
    program(checkout / ".venv" / "bin" / "lint-imports", f"echo lint-imports >> {calls}")
    browser = program(checkout / "browser", "exit 0")
    outcome = make(checkout, "test", CHROMIUM=str(browser))
    assert outcome.returncode == 0, outcome.stderr
    assert calls.read_text().splitlines()[-7:] == [
        "scripts/check_postgres.py",
        "-m ruff check .",
        "-m ruff format --check .",
        "-m mypy",
        "lint-imports",
        "-m pytest -n 3 -m not browser",
        "-m pytest -n 0 -m browser",
    ]
    timed = re.findall(r"^ +\d+ s  (.+)$", outcome.stdout, re.MULTILINE)
    assert timed == ["tools", "lint and types", "unit, property, contract and database tests", "browser tests"]


def test_a_failing_part_ends_the_run_with_its_name(checkout: Path) -> None:
    calls = with_a_recording_environment(checkout)
    program(checkout / ".venv" / "bin" / "python", f'echo "$*" >> {calls}; case "$*" in "-m mypy") exit 1;; esac')
    browser = program(checkout / "browser", "exit 0")
    outcome = make(checkout, "test", CHROMIUM=str(browser))
    assert outcome.returncode != 0
    assert "Failed: lint and types" in outcome.stderr
    assert "pytest" not in calls.read_text()


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = text(".ci/run")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    limit = re.search(r"^exec timeout .*\b(\d+)m make test$", script, re.MULTILINE)
    assert limit
    assert int(limit[1]) < 25
