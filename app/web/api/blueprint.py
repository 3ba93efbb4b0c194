"""The area of programs: /api/v1."""

import hashlib

from flask import Blueprint, request
from flask_limiter.util import get_remote_address

from app.extensions import csrf, limiter

bp = Blueprint("api", __name__, url_prefix="/api/v1")

# A browser sends no bearer token by itself: there is nothing that a foreign page could make it do.
csrf.exempt(bp)


def _presented_token() -> str:
    return hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()[:32]


# Both: a token is limited wherever it is used, and nobody tries tokens without end.
limiter.limit("120 per minute", key_func=_presented_token)(bp)
limiter.limit("300 per minute", key_func=get_remote_address)(bp)
