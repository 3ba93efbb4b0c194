"""Figures for Prometheus, all with the prefix `powersync_`."""

import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.config import Config
from app.extensions import db, reading
from app.services import health
from app.version import __version__

_EXTENSION = "powersync_metrics"


class Metrics:
    """The registry of one app; other areas register their collectors with it."""

    def __init__(self, config: Config) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("powersync_http_requests", "Answered requests.", ["method", "endpoint", "status"], registry=self.registry)
        self.seconds = Histogram(
            "powersync_http_request_seconds",
            "Time to answer a request.",
            ["endpoint"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
            registry=self.registry,
        )
        self.registry.register(_State(config))

    def render(self) -> bytes:
        return generate_latest(self.registry)


class _State(Collector):
    """What is looked up when it is asked for."""

    def __init__(self, config: Config) -> None:
        self._git_hash = config.git_hash or ""

    def describe(self) -> list[Metric]:
        return []  # nothing is looked up while registering

    def collect(self) -> Iterator[Metric]:
        info = InfoMetricFamily("powersync_build", "The running version.")
        info.add_metric([], {"version": __version__, "git": self._git_hash})
        yield info
        up = GaugeMetricFamily("powersync_healthy", "1 when the database answers and a scheduler lives.")
        heartbeat = GaugeMetricFamily("powersync_scheduler_heartbeat_age_seconds", "Time since the scheduler's last sign of life.")
        try:
            with Session(reading(db.engine)) as session:
                seen = health.check(session, utc_now())
        except SQLAlchemyError:
            seen = health.Health(("The database does not answer.",), None)
        up.add_metric([], float(seen.is_good))
        if seen.scheduler_age is not None:
            heartbeat.add_metric([], seen.scheduler_age.total_seconds())
        yield up
        yield heartbeat


def init_app(app: Flask, config: Config) -> None:
    metrics = app.extensions[_EXTENSION] = Metrics(config)

    def start() -> None:
        g.request_started = time.perf_counter()

    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        metrics.requests.labels(request.method, endpoint, str(response.status_code)).inc()
        if "request_started" in g:
            metrics.seconds.labels(endpoint).observe(time.perf_counter() - g.request_started)
        return response

    app.before_request(start)
    app.after_request(count)


def metrics_of(app: Flask) -> Metrics:
    return app.extensions[_EXTENSION]  # type: ignore[no-any-return]
