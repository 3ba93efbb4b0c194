"""The owner's buttons: a wish is recorded, the loop carries it out and ends it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.control.connections import brand_of, load
from app.control.trials import TEST_AXIS
from app.domain.codec import to_json
from app.domain.opinions import BATTERY, Axis, BatteryCommand, Charge, Command, Curtail, Discharge, Hold, Run, SelfConsume
from app.domain.policies import aemo_spike
from app.domain.wish_ends import EndsWhen
from app.models.connection import Connection
from app.models.control import OwnerWish, StandDown
from app.models.site import Site
from app.services.signals import ring

MINUTES = (15, 30, 45, 60, 90, 120, 150, 180, 210, 240)
LEAST_MINUTES, MOST_MINUTES, DEFAULT_MINUTES = 15, 240, 30
KINDS = ("charge", "discharge", "hold", "self-consume")
INVERTER_KINDS = ("curtail", "run")
TRIED_OUT = (aemo_spike.NAME,)
MOST_TRIAL_MINUTES = 60
NEVER_EARLIER = EndsWhen()


class WishRefused(Exception):
    """The wish cannot be recorded, in words."""


def command_for(kind: str, power_w: int | None) -> BatteryCommand:
    """A button's name as a command. Raises WishRefused."""
    match kind:
        case "charge":
            return Charge(power_w)
        case "discharge":
            return Discharge(power_w)
        case "hold":
            return Hold()
        case "self-consume":
            return SelfConsume()
    raise WishRefused(f"{kind!r} is not known; choose one of {', '.join(KINDS)}")


def record(
    session: Session,
    site: Site,
    kind: str,
    minutes: int,
    now: datetime,
    *,
    power_w: int | None = None,
    user_id: int | None = None,
    ends: EndsWhen = NEVER_EARLIER,
) -> OwnerWish:
    """Record a wish for the battery until `minutes` from now, or what `ends` says; an earlier one ends. Commits. Raises WishRefused."""
    wish = place(session, site, kind, minutes, now, power_w=power_w, user_id=user_id, ends=ends)
    session.commit()
    return wish


def place(
    session: Session,
    site: Site,
    kind: str,
    minutes: int,
    now: datetime,
    *,
    power_w: int | None = None,
    user_id: int | None = None,
    ends: EndsWhen = NEVER_EARLIER,
) -> OwnerWish:
    """As record(), for a caller who commits. Raises WishRefused before anything is changed."""
    _check_minutes(minutes)
    if power_w is not None and power_w <= 0:
        raise WishRefused("the power must be more than 0 W")
    battery = load(session, site.id, "battery")
    if battery is None:
        raise WishRefused("this site has no battery yet")
    command = command_for(kind, power_w)
    brand = brand_of("battery", battery.brand)
    if type(command).__name__ not in brand.capabilities:
        raise WishRefused(f"{brand.title} cannot be told to {kind}")
    if power_w is not None and "power_setpoint" not in brand.capabilities:
        raise WishRefused(f"{brand.title} chooses its power itself; leave the power out")
    _check_ends(kind, ends)
    wish = _placed(session, site, str(BATTERY), command, minutes, now, user_id)
    wish.until_soc_pct, wish.until_price_c = ends.soc_pct, ends.price_c
    return wish


def record_for_inverter(
    session: Session, site: Site, connection_id: int, kind: str, minutes: int, now: datetime, *, user_id: int | None = None
) -> OwnerWish:
    """Record a wish for one solar inverter: "curtail" (make nothing) or "run". Commits. Raises WishRefused."""
    _check_minutes(minutes)
    inverter = session.get(Connection, connection_id)
    if inverter is None or inverter.site_id != site.id or inverter.role != "inverter":
        raise WishRefused("this site has no such inverter")
    if kind not in INVERTER_KINDS:
        raise WishRefused(f"{kind!r} is not known; choose one of {', '.join(INVERTER_KINDS)}")
    command = Curtail(0) if kind == "curtail" else Run()
    return _recorded(session, site, inverter_axis(connection_id), command, minutes, now, user_id)


def inverter_axis(connection_id: int) -> str:
    """The axis of one solar inverter, as wishes name it."""
    return str(Axis("inverter", str(connection_id)))


def trial_axis(policy: str) -> str:
    """The axis on which a policy is tried out."""
    return f"{TEST_AXIS}:{policy}"


def try_out(session: Session, site: Site, policy: str, minutes: int, now: datetime, *, user_id: int | None = None) -> OwnerWish:
    """Let a policy act for some minutes as if its moment had come. Commits. Raises WishRefused."""
    if policy not in TRIED_OUT:
        raise WishRefused(f"{policy!r} cannot be tried out")
    if not 1 <= minutes <= MOST_TRIAL_MINUTES:
        raise WishRefused(f"a trial lasts 1 to {MOST_TRIAL_MINUTES} minutes")
    return _recorded(session, site, trial_axis(policy), Discharge(), minutes, now, user_id)


def _check_ends(kind: str, ends: EndsWhen) -> None:
    if ends.soc_pct is not None:
        if kind not in ("charge", "discharge"):
            raise WishRefused("only charging and discharging end at a charge of the battery")
        if not 0 <= ends.soc_pct <= 100:
            raise WishRefused("the charge at which it ends must be 0 to 100 %")
    if ends.price_c is not None and kind == "self-consume":
        raise WishRefused("running the home ends at no price")


def _check_minutes(minutes: int) -> None:
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise WishRefused(f"the time must be {LEAST_MINUTES} to {MOST_MINUTES} minutes")


def _recorded(session: Session, site: Site, axis: str, command: Command, minutes: int, now: datetime, user_id: int | None) -> OwnerWish:
    wish = _placed(session, site, axis, command, minutes, now, user_id)
    session.commit()
    return wish


def _placed(session: Session, site: Site, axis: str, command: Command, minutes: int, now: datetime, user_id: int | None) -> OwnerWish:
    end(session, site, now, axis)
    wish = OwnerWish(
        site_id=site.id,
        axis=axis,
        command=named(command),
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
        user_id=user_id,
    )
    session.add(wish)
    ring(session, site.id)
    return wish


def named(command: Command) -> dict[str, Any]:
    """A command as JSON."""
    return to_json(command)  # type: ignore[no-any-return]


def end(session: Session, site: Site, now: datetime, axis: str | None = None) -> int:
    """End the timed wishes of a site ("restore now"), or those on one axis; tariff sync goes on. The caller commits. Returns how many
    ended."""
    query = update(OwnerWish).where(OwnerWish.site_id == site.id, OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)
    if axis is not None:
        query = query.where(OwnerWish.axis == axis)
    ended = session.execute(query.values(ended_at=now))
    return int(ended.rowcount)  # type: ignore[attr-defined]


def restore_now(session: Session, site: Site, now: datetime, axis: str | None = None) -> int:
    """End all timed wishes, or those on one axis. Commits. Returns how many ended."""
    count = end(session, site, now, axis)
    ring(session, site.id)
    session.commit()
    return count


def alive(session: Session, site_id: int, now: datetime, axis: str = str(BATTERY)) -> OwnerWish | None:
    """The owner's wish that is in force on an axis."""
    query = select(OwnerWish).where(
        OwnerWish.site_id == site_id, OwnerWish.axis == axis, OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now
    )
    return session.scalars(query.order_by(OwnerWish.id.desc()).limit(1)).one_or_none()


def take_back(session: Session, site_id: int, policy: str) -> bool:
    """The owner lets a policy go on although a setting was changed: it takes the setting again. Commits."""
    row = session.get(StandDown, (site_id, policy))
    if row is None:
        return False
    session.delete(row)
    ring(session, site_id)
    session.commit()
    return True
