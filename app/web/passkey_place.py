"""Under which name and origin this browser sees PowerSync."""

from urllib.parse import urlsplit

from flask import request

from app.services.passkeys import Place


def place() -> Place:
    """As the request says it; behind counted proxies as they say it (TRUSTED_PROXIES)."""
    return Place(host=urlsplit(f"//{request.host}").hostname or "", origin=f"{request.scheme}://{request.host}")
