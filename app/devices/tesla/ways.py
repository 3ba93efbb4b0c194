"""Which way to the energy endpoints an owner chose."""

from app.devices.tesla.access import Access, FleetAccess, TeslemetryAccess
from app.devices.tesla.fields import TeslaFields
from app.transports.context import Context


def access_of(fields: TeslaFields, context: Context) -> Access:
    """Sends nothing."""
    if fields.connection == "fleet":
        return FleetAccess(context)
    return TeslemetryAccess(context, fields.token.get_secret_value() if fields.token else "")
