"""The solar inverters beside the battery: what each makes, what it is told and why, and what the owner may press."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.control.connections import brand_of
from app.domain.policies.solar_curtailment import NAME as CURTAILMENT
from app.domain.reasons import Reason
from app.domain.sentences import TEMPLATES, clock, kilowatts, sentence
from app.models.connection import Connection
from app.models.control import DeviceState, OwnerWish
from app.services.overview.freshness import Freshness, of_reading
from app.services.overview.stored import Stored

_STATES = {
    "running": "runs",
    "limited": "is limited",
    "asleep": "sleeps",
    "stopped": "is stopped",
    "fault": "reports a fault",
}


@dataclass(frozen=True, slots=True)
class InverterNow:
    """One inverter. `told`: what PowerSync makes it do, in words, empty where nothing; `confirmation`: how far that got."""

    connection_id: int
    title: str
    state: Freshness
    at: datetime | None
    makes_w: float | None
    says: str  # "runs", "sleeps" …
    limit: str  # "limited to 1.9 kW", empty where it is free
    why: str
    confirmation: str
    has_failed: bool
    running_until: datetime | None  # of the owner's wish in force
    is_curtailed_by_owner: bool


def inverters_now(stored: Stored) -> tuple[InverterNow, ...]:
    """Every linked inverter, in the order in which they were linked."""
    return tuple(_inverter(each, stored) for each in stored.connections if each.role == "inverter")


def _inverter(row: Connection, stored: Stored) -> InverterNow:
    facts, brand = row.facts or {}, brand_of("inverter", row.brand)
    state = of_reading(row.facts_at, stored.now, _fresh_for(brand.poll_s)) if row.facts_at else Freshness.NONE
    wish = stored.inverter_wishes.get(row.id)
    limit_w = facts.get("limit_w")
    is_known = state in (Freshness.FRESH, Freshness.LATE)
    confirmation, has_failed = _confirmation(stored.inverter_devices.get(row.id), wish, stored)
    return InverterNow(
        connection_id=row.id,
        title=brand.title,
        state=state,
        at=row.facts_at,
        makes_w=facts.get("ac_w") if is_known else None,
        says=_STATES.get(str(facts.get("state")), "") if is_known else "",
        limit=f"limited to {kilowatts(limit_w)}" if is_known and limit_w is not None and facts.get("state") != "stopped" else "",
        why=_why(row.id, wish, stored),
        confirmation=confirmation,
        has_failed=has_failed,
        running_until=wish.expires_at if wish else None,
        is_curtailed_by_owner=wish is not None and wish.command.get("is") == "Curtail",
    )


def _fresh_for(poll_s: int) -> timedelta:
    return timedelta(seconds=max(120.0, 2.5 * poll_s))


def _why(connection_id: int, wish: OwnerWish | None, stored: Stored) -> str:
    if wish is not None:
        return "You asked for it"
    for row in stored.decision.wishes if stored.decision else ():
        reason = row.get("reason", {})
        if row.get("policy") == f"{CURTAILMENT}:{connection_id}" and reason.get("code") in TEMPLATES:
            return sentence(Reason(reason["code"], reason.get("params", {})), stored.zone)
    return ""


def _confirmation(device: DeviceState | None, wish: OwnerWish | None, stored: Stored) -> tuple[str, bool]:
    if device is None:
        return "", False
    if device.problem is not None:
        return "Not confirmed, tried again", True
    if device.sent:
        return "Waiting for the inverter to confirm", False
    if wish is not None and device.confirmed_at is not None and device.confirmed_at >= wish.created_at:
        return f"Confirmed {clock(device.confirmed_at, stored.zone)}", False
    return "", False
