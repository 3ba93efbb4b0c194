"""Each environment name stands in .env.example, in README's table and in the Compose files, with one meaning."""

import re

import pytest

from .files import COMPOSE_FILES, compose, environment_example, text

# Read by Compose itself, before there is a container.
COMPOSE_ALONE = {"POWERSYNC_IMAGE", "GIT_HASH", "TUNNEL_TOKEN"}
FIXED_IN_THE_CONTAINER = {"PORT": "5001", "DATA_DIR": "/app/data"}


def readme_environment() -> dict[str, str]:
    """Name to default of README's tables of the environment."""
    section = text("README.md").split("## Environment", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `([A-Z][A-Z0-9_]*)` \| ([^|]*) \|", section, re.MULTILINE))


def test_readme_explains_exactly_the_names_of_the_example() -> None:
    assert set(readme_environment()) == set(environment_example())


def test_the_values_of_the_example_are_the_defaults_that_readme_states() -> None:
    stated = readme_environment()
    for name, value in environment_example().items():
        if value:
            assert f"`{value}`" in stated[name], f"{name} is {value} in .env.example and {stated[name]} in README"


def test_the_example_holds_no_secret() -> None:
    secret = {name: value for name, value in environment_example().items() if name.endswith(("_KEY", "_TOKEN", "_SECRET"))}
    assert set(secret) >= {"SECRET_KEY", "FERNET_ENCRYPTION_KEY", "METRICS_TOKEN"}
    assert set(secret.values()) == {""}


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_a_container_gets_every_name(path: str) -> None:
    environment = compose(path)["services"]["powersync"]["environment"]
    assert set(environment) == set(environment_example()) - COMPOSE_ALONE


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_a_container_gets_no_value_but_the_owners(path: str) -> None:
    """A name without a value is passed on from .env, and stays unset when it is not there."""
    environment = compose(path)["services"]["powersync"]["environment"]
    assert {name: value for name, value in environment.items() if value is not None} == FIXED_IN_THE_CONTAINER


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_every_variable_of_a_compose_file_is_in_the_example(path: str) -> None:
    used = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]*)", re.sub(r"^\s*#.*$", "", text(path), flags=re.MULTILINE)))
    assert used
    assert used <= set(environment_example())
