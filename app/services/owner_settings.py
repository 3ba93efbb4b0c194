"""The battery's own settings, changed by the owner on a page: a change of what PowerSync gives back, which the loop carries out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, undefer

from app.control import journal
from app.control.connections import Opener, load
from app.control.observe import settings_of
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery, OwnerSetting, Settings
from app.domain.opinions import NO_LIMITS, BatteryLimits, Priority
from app.domain.policies.solar_curtailment import NAME as CURTAILMENT
from app.domain.reasons import because
from app.domain.settings.solar_curtailment import SolarCurtailment
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, StandDown
from app.models.site import CONTROL_ON, Site
from app.services.signals import ring
from app.transports.errors import VendorError


class ChangeRefused(Exception):
    """The change is not made; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the page shows it. `value` is the owner's own; `in_force` what the battery was last seen to hold, in words."""

    setting: OwnerSetting
    label: str
    value: Any
    in_words: str
    in_force: str
    is_held_apart: bool  # PowerSync holds another value at the moment


@dataclass(frozen=True)
class OwnersPage:
    """All that the owner may choose, and why nothing can be changed at the moment (empty where it can)."""

    connection: Connection
    rows: tuple[Row, ...]
    blocked: str
    read_at: datetime | None


def page(session: Session, around: Surroundings, site: Site, clock: Callable[[], datetime]) -> OwnersPage | None:
    """The settings of the site's battery; None where there is no battery, or none whose settings a person would choose."""
    connection, battery = _battery(session, around, site, clock)
    if connection is None or battery is None or not battery.abilities.owner_settings:
        return None
    state, baseline = _rows(session, connection.id)
    found = (state.found if state is not None else None) or {}
    owners = baseline.settings if baseline is not None else battery.owners(found)
    rows = tuple(_row(battery, each, owners, found) for each in battery.abilities.owner_settings if each.field in owners)
    return OwnersPage(connection, rows, _blocked(site, found), state.found_at if state is not None else None)


def change(
    session: Session, around: Surroundings, site: Site, field: str, given: str, clock: Callable[[], datetime], user_id: int | None
) -> str:
    """Choose `given` (a form's text) for `field`. Commits. Returns what was chosen, in words. Raises ChangeRefused."""
    now = clock()
    connection, battery = _battery(session, around, site, clock)
    if connection is None or battery is None:
        raise ChangeRefused("This home has no battery whose settings can be changed here.")
    setting = next((each for each in battery.abilities.owner_settings if each.field == field), None)
    state, baseline = _rows(session, connection.id, to_change=True)
    found = (state.found if state is not None else None) or {}
    if blocked := _blocked(site, found):
        raise ChangeRefused(blocked)
    owners = baseline.settings if baseline is not None else dict(battery.owners(found))
    if setting is None or field not in owners:
        raise ChangeRefused("This battery has no such setting.")
    value = _parsed(setting, given)
    chosen = {**owners, field: value}
    if baseline is None:
        session.add(Baseline(connection_id=connection.id, settings=chosen, stored_at=now, changed_at=now, refused={}))
    else:
        baseline.settings, baseline.changed_at = chosen, now
        baseline.refused = {name: why for name, why in baseline.refused.items() if name != field}
    _suspend_curtailment(session, site, battery, owners, field, value, now)
    words = battery.in_words({field: value})
    label = battery.abilities.settable[field]
    detail = {"changed": [{"field": field, "label": label, "now": words.get(label, "")}], "user": user_id}
    journal.write(session, site.id, now, "owner", because("owner_chose", what=label), "told", connection_id=connection.id, detail=detail)
    ring(session, site.id)
    session.commit()
    return f"{label}: {words.get(label, given)}"


def _battery(session: Session, around: Surroundings, site: Site, clock: Callable[[], datetime]) -> tuple[Connection | None, Battery | None]:
    connection = load(session, site.id, "battery")
    if connection is None:
        return None, None
    try:
        return connection, Opener(around, clock).battery(connection)
    except VendorError:
        return connection, None


def _rows(session: Session, connection_id: int, *, to_change: bool = False) -> tuple[DeviceState | None, Baseline | None]:
    state = session.get(DeviceState, connection_id, options=(undefer(DeviceState.found),))
    return state, session.get(Baseline, connection_id, with_for_update=to_change or None)


def _row(battery: Battery, setting: OwnerSetting, owners: Settings, found: Settings) -> Row:
    label, value = battery.abilities.settable[setting.field], owners[setting.field]
    held = {setting.field: found[setting.field]} if setting.field in found else {}
    return Row(
        setting=setting,
        label=label,
        value=value,
        in_words=battery.in_words({setting.field: value}).get(label, str(value)),
        in_force=battery.in_words(held).get(label, "") if held else "",
        is_held_apart=bool(held) and bool(battery.differing({setting.field: value}, found)),
    )


def _blocked(site: Site, found: Mapping[str, Any]) -> str:
    if site.control != CONTROL_ON:
        return "PowerSync only watches: switch control on first, or change it in the app of your battery."
    return "" if found else "The battery's settings have not been read yet."


def _parsed(setting: OwnerSetting, given: str) -> Any:
    """The value that a form's text means. Raises ChangeRefused."""
    if setting.choices:
        for value, _ in setting.choices:
            if str(value) == given:
                return value
        raise ChangeRefused("Choose one of the values that are offered.")
    try:
        number = float(given.replace(",", "."))
    except ValueError:
        raise ChangeRefused("Enter a number.") from None
    if not setting.least <= number <= setting.most:
        raise ChangeRefused(f"Enter a number from {setting.least:g} to {setting.most:g}.")
    return int(number) if number == int(number) else number


def _suspend_curtailment(session: Session, site: Site, battery: Battery, owners: Settings, field: str, value: Any, now: datetime) -> None:
    """A rule of export that is chosen by hand suspends automatic curtailment until the owner takes it back."""
    if not settings_of(session, site.id).of(SolarCurtailment).enabled:
        return
    zone = ZoneInfo(site.timezone)
    free, stopped = (
        battery.target(None, limits, owners, now=now, until=None, zone=zone) for limits in (NO_LIMITS, BatteryLimits(max_export_w=0))
    )
    if field not in battery.differing(stopped, free):
        return
    label = battery.abilities.settable[field]
    words = [battery.in_words({field: each}).get(label, "") for each in (owners[field], value)]
    changes = [{"field": field, "label": label, "was": words[0], "now": words[1]}]
    session.merge(StandDown(site_id=site.id, policy=CURTAILMENT, changes=changes, priority=int(Priority.OWNER), seen_at=now))
