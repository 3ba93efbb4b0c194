"""Whichever way the container is started, it can do no more than it must."""

from typing import Any

import pytest

from .files import COMPOSE_FILES, compose

SERVICES = [(path, service) for path in COMPOSE_FILES for service in ("powersync", "tunnel")]


def app_of(path: str) -> dict[str, Any]:
    service = compose(path)["services"]["powersync"]
    assert isinstance(service, dict)
    return service


@pytest.mark.parametrize(("path", "name"), SERVICES)
def test_a_service_cannot_gain_rights(path: str, name: str) -> None:
    service = compose(path)["services"][name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["pids_limit"] > 0
    forbidden = {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode"}
    assert not forbidden & set(service)


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_there_is_no_service_that_these_tests_do_not_know(path: str) -> None:
    assert set(compose(path)["services"]) == {"powersync", "tunnel"}


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_the_app_has_one_volume_and_a_small_tmp(path: str) -> None:
    app = app_of(path)
    assert [volume.split(":")[1:] for volume in app["volumes"]] == [["/app/data"]]
    (tmp,) = app["tmpfs"]
    assert tmp.startswith("/tmp:")
    assert {"size=64m", "noexec", "nosuid"} <= set(tmp.split(":")[1].split(","))


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_only_the_web_port_is_published(path: str) -> None:
    assert app_of(path)["ports"] == ["${PORT:-5001}:5001"]
    assert "ports" not in compose(path)["services"]["tunnel"]


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_a_stop_leaves_time_to_release_the_battery(path: str) -> None:
    """A clean stop takes up to 8 s; docker's own default of 10 s leaves too little beside it."""
    assert app_of(path)["stop_grace_period"] == "15s"


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_the_container_knows_whether_it_is_healthy(path: str) -> None:
    assert app_of(path)["healthcheck"]["test"] == ["CMD", "python", "docker/healthcheck.py"]


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_the_tunnel_runs_only_when_asked_for(path: str) -> None:
    tunnel = compose(path)["services"]["tunnel"]
    assert tunnel["profiles"] == ["tunnel"]
    assert tunnel["environment"] == {"TUNNEL_TOKEN": None}


@pytest.mark.parametrize("path", COMPOSE_FILES)
def test_no_image_floats(path: str) -> None:
    images = [service["image"] for service in compose(path)["services"].values()]
    assert not [image for image in images if image.endswith(":latest") or (":" not in image and "$" not in image)]


def test_the_files_differ_only_in_where_the_image_and_the_data_are() -> None:
    own = {"image", "build", "volumes", "user", "container_name", "labels"}
    published, *others = ({key: value for key, value in app_of(path).items() if key not in own} for path in COMPOSE_FILES)
    assert all(other == published for other in others)


def test_unraid_runs_as_the_owner_of_its_folders() -> None:
    assert app_of("docker-compose.unraid.yml")["user"] == "99:100"
