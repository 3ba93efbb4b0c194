"""/healthz and /metrics."""

import hmac
import ipaddress

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from app.clock import utc_now
from app.config import Config
from app.extensions import db
from app.services import health
from app.web.access import Access, access
from app.web.health.metrics import metrics_of

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access(Access.PUBLIC)
def healthz() -> ResponseReturnValue:
    """200 when web, database and a live scheduler are seen; 503 with the reason otherwise."""
    seen = health.check(db.session(), utc_now())
    body = {
        "status": "ok" if seen.is_good else "failing",
        "problems": list(seen.problems),
        "scheduler_age_s": round(seen.scheduler_age.total_seconds(), 1) if seen.scheduler_age is not None else None,
    }
    return jsonify(body), 200 if seen.is_good else 503


@bp.get("/metrics")
@access(Access.PUBLIC)  # a reader of its own kind: the token, or a process on this machine
def metrics() -> ResponseReturnValue:
    if not _may_read_metrics(current_app.config["POWERSYNC"]):
        abort(403)
    return Response(metrics_of(current_app).render(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(config: Config) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if config.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(token.encode(), config.metrics_token.encode())
    return _is_from_this_machine()


def _is_from_this_machine() -> bool:
    """The real peer is loopback, and nobody stands behind it: a proxy on this machine forwards the whole world."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")):
        return False
    original = request.environ.get("werkzeug.proxy_fix.orig", {})
    peer = original.get("REMOTE_ADDR", request.remote_addr)
    try:
        return ipaddress.ip_address(peer or "").is_loopback
    except ValueError:
        return False
