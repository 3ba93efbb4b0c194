"""Which way to the energy endpoints an owner chose."""

from app.devices.tesla.access import Access, FleetAccess, TeslemetryAccess
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.gateway import Gateway
from app.transports.context import Context


def access_of(fields: TeslaFields, context: Context) -> Access:
    """Sends nothing."""
    if fields.connection == "fleet":
        return FleetAccess(context)
    return TeslemetryAccess(context, fields.token.get_secret_value() if fields.token else "")


def gateway_of(fields: TeslaFields, context: Context) -> Gateway | None:
    """The gateway at home, where the owner entered one. Sends nothing."""
    if not fields.gateway_host:
        return None
    password = fields.gateway_password.get_secret_value() if fields.gateway_password else ""
    return Gateway(context, fields.gateway_host, fields.gateway_port, password)
