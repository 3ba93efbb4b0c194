"""What cannot start says why in one line; each role alone starts and stops."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.installation import mark_installed
from app.simulators.effects import Silence
from app.simulators.world import World

from .installation import Installation, until


@pytest.fixture(scope="module")
def installation(installation_of: Callable[..., Installation], template_database: Path) -> Installation:
    """An installation whose database has its tables and nothing in them."""
    return installation_of(template=template_database)


def refused(installation: Installation, role: str, **environment: str) -> str:
    """The one line of a start that is refused."""
    outcome = installation.try_to_start(role, **environment)
    assert outcome.returncode == 1, outcome.stderr
    assert outcome.stdout == ""
    assert outcome.stderr.count("\n") == 1
    assert outcome.stderr.startswith("Error: ")
    return outcome.stderr.strip()


@pytest.mark.parametrize("arguments", [["nonsense"], [], ["web", "scheduler"]])
def test_wrong_use_ends_with_2(installation: Installation, arguments: list[str]):
    outcome = installation.try_to_start(*arguments)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr == "usage: python run.py web|scheduler|all|demo\n"


@pytest.mark.parametrize(
    ("role", "key", "words"),
    [("all", "change-me", "well-known"), ("web", "0123456789", "too short"), ("scheduler", "a" * 40, "too simple")],
)
def test_a_known_or_short_secret_key_is_refused(installation: Installation, role: str, key: str, words: str):
    line = refused(installation, role, SECRET_KEY=key)
    assert "SECRET_KEY" in line
    assert words in line
    assert key not in line


def test_a_database_that_is_gone_is_never_replaced(installation_of: Callable[..., Installation], template_database: Path):
    installation = installation_of(template=template_database)
    mark_installed(installation.data_dir, installation.database_address)
    for left in installation.data_dir.glob("app.db*"):
        left.unlink()
    line = refused(installation, "all")
    assert "is missing although PowerSync was installed here" in line
    assert not list(installation.data_dir.glob("app.db*"))


def test_a_scheduler_without_tables_says_what_to_run(installation_of: Callable[..., Installation]):
    assert refused(installation_of(), "scheduler") == "Error: the database is not set up: run flask db upgrade"


def test_a_database_server_that_does_not_answer_is_told(installation_of: Callable[..., Installation]):
    installation = installation_of(None, "postgresql://nobody:hush-hush@127.0.0.1:1/none")
    line = refused(installation, "scheduler")
    assert "hush-hush" not in line


def test_web_and_scheduler_run_as_processes_of_their_own(installation: Installation):
    web = installation.start("web")
    assert until(installation.health, "an answer") == 503
    scheduler = installation.start("scheduler")
    until(lambda: installation.health() == 200, "healthy", scheduler)
    for running in (scheduler, web):
        code, took_s = running.stop()
        assert (code, took_s < 8) == (0, True)


def test_a_stop_does_not_wait_for_a_vendor_that_is_silent(
    installation_of: Callable[..., Installation], world: World, template_database: Path
):
    installation = installation_of(world, template=template_database)
    installation.store_home(world.site_file())
    silences = [world.faults.add(Silence(seconds=60), server=server) for server in ("amber", "teslemetry")]
    asked = len(world.amber.requests)
    try:
        scheduler = installation.start("scheduler")
        until(lambda: len(world.amber.requests) > asked, "a question that is not answered")
        code, took_s = scheduler.stop()
    finally:
        for number in silences:
            world.faults.remove(number)
    print(f"stopped after {took_s:.2f} s with silent vendors")
    assert code == 0
    assert took_s < 8
