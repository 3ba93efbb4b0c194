"""Reading the solar inverters of a home: what each makes, and how it is doing."""

from datetime import datetime, timedelta

from app.control.connections import Opener, may_ask, note_answer, note_failure
from app.control.known_device import kept
from app.control.sample import is_due, store_settings
from app.control.surroundings import Surroundings
from app.devices.solar import InverterReading
from app.models.connection import Connection
from app.models.control import DeviceState
from app.transports.errors import VendorError


def sample_inverter(around: Surroundings, opener: Opener, connection_id: int, now: datetime) -> InverterReading | None:
    """Read one inverter and keep what it says at its connection; None when it gave nothing, as at night, with the reason kept there."""
    with around.reading() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not may_ask(connection, now):
            return None
        state = session.get(DeviceState, connection_id)
        settings_at = state.found_at if state is not None else None
    try:
        with around.reading() as session:
            inverter = opener.inverter(session.get_one(Connection, connection_id))
        reading = inverter.read_status(now)
        if is_due(settings_at, timedelta(seconds=inverter.abilities.settings_poll_s), now):
            store_settings(around, inverter.read_settings(), connection_id, now)
    except VendorError as error:
        with around.session() as session:
            note_failure(session.get_one(Connection, connection_id), error, now)
            session.commit()
        return None
    with around.session() as session:
        connection = session.get_one(Connection, connection_id)
        note_answer(connection, now)
        connection.facts = {
            **kept(connection.facts),
            "state": reading.state.value,
            "ac_w": reading.ac_w,
            "limit_w": reading.limit_w,
            "rated_w": reading.rated_w,
            "serial": reading.serial,
            "firmware": reading.firmware,
            "can_limit": inverter.abilities.can_limit,
            "limits_export": inverter.abilities.limits_export,
        }
        connection.facts_at = now
        session.commit()
    return reading
