"""The tools of the tests are found, or what is missing is said in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .files import ROOT


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("CHROMIUM", "TEST_DATABASE_URL")}
    return subprocess.run(command, cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, check=False)


def program(path: Path, script: str = "exit 0") -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def find_chromium(**environment: str) -> subprocess.CompletedProcess[str]:
    return run("/bin/sh", "scripts/chromium.sh", **environment)


def test_the_browser_that_was_named_is_taken(tmp_path: Path) -> None:
    mine = program(tmp_path / "mine")
    program(tmp_path / "chromium")
    assert find_chromium(CHROMIUM=str(mine), PATH=str(tmp_path)).stdout == f"{mine}\n"


def test_a_named_browser_that_is_missing_is_not_replaced_silently(tmp_path: Path) -> None:
    program(tmp_path / "chromium")
    outcome = find_chromium(CHROMIUM=str(tmp_path / "gone"), PATH=str(tmp_path))
    assert outcome.returncode == 1
    assert outcome.stderr == f"CHROMIUM names {tmp_path / 'gone'}, which is not a program\n"


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_on_the_path_is_found(tmp_path: Path, name: str) -> None:
    browser = program(tmp_path / name)
    assert find_chromium(PATH=str(tmp_path)).stdout == f"{browser}\n"


def test_root_installs_the_browser_of_debian(tmp_path: Path) -> None:
    program(tmp_path / "id", "echo 0")
    install = f'case "$*" in *chromium*) printf "#!/bin/sh\\n" > {tmp_path}/chromium; /bin/chmod +x {tmp_path}/chromium;; esac; echo noise'
    program(tmp_path / "apt-get", install)
    outcome = find_chromium(PATH=str(tmp_path))
    assert (outcome.returncode, outcome.stdout) == (0, f"{tmp_path}/chromium\n")


@pytest.mark.parametrize("user_id", [0, 1000])
def test_a_missing_browser_is_said_in_one_line(tmp_path: Path, user_id: int) -> None:
    program(tmp_path / "id", f"echo {user_id}")
    outcome = find_chromium(PATH=str(tmp_path))
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.count("\n") == 1
    assert "apt-get install chromium" in outcome.stderr


def test_a_named_database_that_does_not_answer_is_said_without_its_password() -> None:
    url = "postgresql+psycopg://someone:hush-hush@127.0.0.1:1/none"
    outcome = run(sys.executable, "scripts/check_postgres.py", TEST_DATABASE_URL=url)
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("No PostgreSQL answers at TEST_DATABASE_URL (postgresql+psycopg://someone:***@127.0.0.1:1/none)")
    assert outcome.stderr.count("\n") == 1


def test_what_is_no_database_url_is_said_in_one_line() -> None:
    outcome = run(sys.executable, "scripts/check_postgres.py", TEST_DATABASE_URL="hush-hush")
    assert (outcome.returncode, outcome.stderr) == (1, "TEST_DATABASE_URL is not a database URL\n")
