"""What must be right before a gateway can limit anything."""

from collections.abc import Callable

from app.devices.capabilities import PreflightRow, Settings
from app.devices.enphase.jwt import Claims
from app.devices.enphase.limit import Limits
from app.transports.errors import VendorError


def found_before(
    read_settings: Callable[[], Settings], read_grid_w: Callable[[], float | None], claims: Callable[[], Claims], limits: Limits
) -> tuple[PreflightRow, ...]:
    """Each with what it means."""
    rows = [_limit(read_settings)]
    if limits is Limits.EXPORT:
        rows.append(_meter(read_grid_w))
    return (*rows, _token(claims()))


def _limit(read_settings: Callable[[], Settings]) -> PreflightRow:
    title = "A limit that can be set"
    try:
        settings = read_settings()
    except VendorError as error:
        return PreflightRow(title, "lost", f"{error.for_people()}.")
    if settings.get("effect") in ("waiting", "missed"):
        return PreflightRow(title, "late", "A limit is set, and the meter shows more than it at present.")
    return PreflightRow(title, "ok", "The gateway has one. That it also acts is seen once PowerSync limits your inverters.")


def _meter(read_grid_w: Callable[[], float | None]) -> PreflightRow:
    title = "A meter for what your home feeds in"
    try:
        grid_w = read_grid_w()
    except VendorError as error:
        return PreflightRow(title, "lost", f"{error.for_people()}.")
    if grid_w is None:
        return PreflightRow(title, "lost", "The gateway has no consumption meter. Limit what the panels make instead.")
    return PreflightRow(title, "ok", "The gateway has a consumption meter.")


def _token(claims: Claims) -> PreflightRow:
    title = "A token that may limit"
    until = f" It ends on {claims.ends_at:%d %B %Y}." if claims.ends_at is not None else ""
    if claims.user == "installer":
        return PreflightRow(title, "ok", f"It is an installer's.{until}")
    return PreflightRow(title, "late", f"It is not an installer's, and most gateways let only those limit.{until}")
