"""The sampler: reads devices and stores what they say. The only place that asks a device outside an order."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.control import journal
from app.control.connections import Opener, brand_of, may_ask, note_answer, note_failure
from app.control.known_device import kept
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery, BatteryFacts, Settings
from app.domain.power import LiveReading
from app.domain.reasons import because
from app.models.connection import Connection
from app.models.control import DeviceState
from app.models.energy import BatteryHealth, Reading
from app.transports.errors import VendorError

FACTS_EVERY = timedelta(hours=6)
SKEW = timedelta(seconds=90)


def sample(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> LiveReading | None:
    """Read live power, and settings and facts where they are due; store all. None when the device gave nothing."""
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not may_ask(connection, now):
            return None
        state = session.get(DeviceState, connection_id)
        settings_at = state.found_at if state is not None else None
        facts_at = connection.facts_at
    try:
        battery = opened_battery(around, opener, connection_id)
        reading = battery.read_live(now)
        _store_reading(around, connection_id, reading, now)
        if is_due(settings_at, timedelta(seconds=battery.abilities.settings_poll_s), now):
            store_settings(around, battery.read_settings(), connection_id, now)
        if is_due(facts_at, FACTS_EVERY, now):
            _store_facts(around, battery, connection_id, now)
    except VendorError as error:
        with around.session() as session:
            connection = session.get_one(Connection, connection_id)
            note_failure(connection, error, now)
            session.commit()
        return None
    return reading


def opened_battery(around: Surroundings, opener: Opener, connection_id: int) -> Battery:
    """The driver of a connection by its number. Raises CredentialsRefused when its stored key cannot be read."""
    with around.reading() as session:
        return opener.battery(session.get_one(Connection, connection_id))


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Never done, long ago, or in a future that a clock set back has made."""
    return last is None or not timedelta(0) <= now - last < every


def _store_reading(around: Surroundings, connection_id: int, reading: LiveReading, now: datetime) -> None:
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        note_answer(connection, now)
        store_reading(session, connection.site_id, reading)
        session.commit()


def store_reading(session: Session, site_id: int, reading: LiveReading) -> None:
    """Store one reading; the same instant again replaces it."""
    session.merge(
        Reading(
            site_id=site_id,
            taken_at=reading.taken_at.replace(microsecond=0),
            solar_w=_whole(reading.solar_w),
            grid_w=_whole(reading.grid_w),
            battery_w=_whole(reading.battery_w),
            load_w=_whole(reading.load_w),
            soc_pct=None if reading.soc_pct is None else round(reading.soc_pct, 1),
            on_grid=reading.on_grid,
        )
    )


def store_settings(around: Surroundings, settings: Settings, connection_id: int, now: datetime) -> None:
    """What the device holds; an order that runs meanwhile reads for itself, so an older reading never replaces a newer one."""
    found = dict(settings)
    with around.session() as session:
        state = session.get(DeviceState, connection_id)
        if state is None:
            state = DeviceState(connection_id=connection_id, sent={}, attempts=0, drifts=[])
            session.add(state)
        if state.found_at is None or state.found_at < now or state.found_at > now + SKEW:
            state.found, state.found_at = found, now
            state.confirmed = state.confirmed if state.confirmed is not None else found
        session.commit()


def _store_facts(around: Surroundings, battery: Battery, connection_id: int, now: datetime) -> None:
    facts = battery.read_facts()
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        _tell_new_firmware(session, connection, facts, now)
        _keep_health(session, connection_id, facts, now)
        connection.facts = {
            **kept(connection.facts),
            "timezone": facts.timezone,
            "firmware": facts.firmware,
            "capacity_wh": facts.capacity_wh,
            "max_charge_w": facts.max_charge_w,
            "max_discharge_w": facts.max_discharge_w,
            "count": facts.count,
            "soh_pct": facts.soh_pct,
            "model": facts.model,
            "rated_wh": facts.rated_wh,
            "measured_wh": facts.measured_wh,
            "installed_on": facts.installed_on.isoformat() if facts.installed_on else None,
        }
        connection.timezone = facts.timezone or connection.timezone
        connection.facts_at = now
        session.commit()


def _tell_new_firmware(session: Session, connection: Connection, facts: BatteryFacts, now: datetime) -> None:
    """New firmware can behave in another way: told once, when it is first seen."""
    was = (connection.facts or {}).get("firmware")
    if was and facts.firmware and facts.firmware != was:
        title = brand_of(connection.role, connection.brand).title
        reason = because("firmware_changed", device=title, was=was, version=facts.firmware)
        journal.write(session, connection.site_id, now, "notice", reason, "told", connection_id=connection.id)


def _keep_health(session: Session, connection_id: int, facts: BatteryFacts, now: datetime) -> None:
    """One row a day of what the battery holds when full; none where it does not measure that."""
    if facts.measured_wh is not None:
        session.merge(BatteryHealth(connection_id=connection_id, on=now.date(), rated_wh=facts.rated_wh, measured_wh=facts.measured_wh))


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
