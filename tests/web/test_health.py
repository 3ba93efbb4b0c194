"""/healthz and /metrics."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import create_app
from app.clock import utc_now
from app.config import Config
from app.models.heartbeat import SCHEDULER
from app.services import health
from tests.conftest import NOW

TOKEN = "a-token-for-metrics-of-forty-characters!"


def test_healthy_means_a_scheduler_lives(client: FlaskClient, session: Session):
    assert client.get("/healthz").status_code == 503
    assert client.get("/healthz").json["problems"] == ["No scheduler has started yet."]
    health.beat(session, SCHEDULER, utc_now(), "host 1")
    assert client.get("/healthz").status_code == 200
    assert client.get("/healthz").json["status"] == "ok"
    health.beat(session, SCHEDULER, utc_now() - timedelta(seconds=120))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "last seen 1" in answer.json["problems"][0]


def test_the_age_of_the_heartbeat_is_never_negative(session: Session):
    assert health.scheduler_heartbeat_age(session, NOW) is None
    health.beat(session, SCHEDULER, NOW)
    assert health.scheduler_heartbeat_age(session, NOW + timedelta(seconds=12)) == timedelta(seconds=12)
    assert health.scheduler_heartbeat_age(session, NOW - timedelta(seconds=12)) == timedelta(0)


def test_a_database_without_tables_is_a_reason_and_not_a_crash(config: Config):
    empty = replace(config, database_url=f"sqlite:///{config.data_dir / 'empty.db'}")
    answer = create_app(empty).test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json["problems"] == ["The database does not answer."]


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("192.0.2.7", {}, 403),
        ("192.0.2.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("192.0.2.7", {"Authorization": "Bearer wrong"}, 403),
        ("192.0.2.7", {"Authorization": "Bearer wröng"}, 403),
    ],
)
def test_metrics_are_for_the_token_and_for_this_machine(config: Config, peer: str, headers: dict[str, str], status: int):
    client = create_app(replace(config, metrics_token=TOKEN)).test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status


def test_a_trusted_proxy_on_this_machine_does_not_open_the_metrics(config: Config):
    client = create_app(replace(config, trusted_proxies=1)).test_client()
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403


def test_metrics_count_requests_and_tell_the_version(client: FlaskClient, session: Session):
    health.beat(session, SCHEDULER, utc_now())
    client.get("/nowhere")
    text = client.get("/metrics").text
    assert 'powersync_http_requests_total{endpoint="none",method="GET",status="404"} 1.0' in text
    assert "powersync_healthy 1.0" in text
    assert "powersync_scheduler_heartbeat_age_seconds" in text
    assert all(line.startswith(("#", "powersync_")) for line in text.splitlines() if line)
