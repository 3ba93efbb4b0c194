"""What a token says of itself. Its signature is the gateway's affair.

Source: RFC 7519; `exp` (seconds since 1970), `aud` (the gateway's serial number) and `enphaseUser` ("owner" or "installer")."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Claims:
    """None where the token does not say."""

    ends_at: datetime | None = None
    serial: str | None = None
    user: str | None = None


def claims_of(token: str) -> Claims:
    """Nothing at all of a text that is no token."""
    parts = token.split(".")
    if len(parts) != 3:
        return Claims()
    try:
        told = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        ends_s = told.get("exp") if isinstance(told, dict) else None
        ends_at = datetime.fromtimestamp(ends_s, UTC) if isinstance(ends_s, int | float) and not isinstance(ends_s, bool) else None
    except (binascii.Error, ValueError, OverflowError, OSError, RecursionError):
        return Claims()
    if not isinstance(told, dict):
        return Claims()
    return Claims(ends_at, _text(told.get("aud")), _text(told.get("enphaseUser")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
