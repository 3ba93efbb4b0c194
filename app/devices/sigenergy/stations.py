"""What an owner chooses from: the plant over Modbus alone, or the account's station that is told prices."""

from app.devices.sigenergy.cloud import Station, open_cloud
from app.devices.sigenergy.driver import open_plant
from app.devices.sigenergy.fields import SigenergyFields
from app.domain.brands import Choice
from app.transports.context import Context


def station_choices(fields: SigenergyFields, context: Context) -> list[Choice]:
    """Asks the plant first, whatever the cloud says of it. A station without a number is shown and cannot be chosen.
    Raises a VendorError."""
    facts = open_plant(fields, context).read_facts()
    size = f"{facts.capacity_wh / 1000:.1f} kWh" if facts.capacity_wh else "of a size that it does not tell"
    if not fields.has_cloud:
        return [Choice("", "The plant over Modbus", f"{size}, without its cloud")]
    return [_choice(station, size) for station in open_cloud(fields, context).stations()]


def _choice(station: Station, size: str) -> Choice:
    if not station.number:
        return Choice(station.name, station.name, "it has no number, by which alone prices can be sent", is_usable=False)
    return Choice(station.number, station.name, size)
