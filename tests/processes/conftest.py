"""A simulated home in real time, and installations that are pointed at it."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.simulators.pace import RealTime
from app.simulators.powerwall import Behaviour
from app.simulators.world import World

from .installation import Installation


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A home whose Powerwall shows and does at once what it is told."""
    with World(RealTime(), seed=3, behaviour=Behaviour.prompt(), step_s=0.2) as made:
        yield made


@pytest.fixture(scope="module")
def installation_of(tmp_path_factory: pytest.TempPathFactory, fernet_key: str) -> Iterator[Callable[..., Installation]]:
    """Builds installations, each in a folder of its own; `template`: a database with all tables, `keys=False`: a first start makes them."""
    made: list[Installation] = []

    def build(world: World | None = None, database_url: str = "", template: Path | None = None, keys: bool = True) -> Installation:
        data_dir = tmp_path_factory.mktemp("installed") / "data"
        environment = world.environment() if world else {}
        if keys:
            environment |= {"SECRET_KEY": secrets.token_urlsafe(48), "FERNET_ENCRYPTION_KEY": fernet_key}
        if template is not None:
            data_dir.mkdir(mode=0o700)
            shutil.copy(template, data_dir / "app.db")
        made.append(Installation(data_dir, environment, database_url))
        return made[-1]

    yield build
    for installation in made:
        installation.close()
