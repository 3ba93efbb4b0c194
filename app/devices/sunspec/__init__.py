"""Solar inverters of any brand with the SunSpec models for immediate controls."""

from typing import Final

from app.devices.command_timer import CommandTimer
from app.devices.sunspec.fields import SunSpecFields
from app.devices.sunspec_inverter import ABILITIES, SunSpecInverter, Ways
from app.devices.sunspec_limit import TERM_S
from app.domain.brands import Brand
from app.transports.context import Context
from app.transports.modbus import Endpoint, ModbusLink

VENDOR: Final = "SunSpec inverter"


def open_inverter(fields: SunSpecFields, context: Context) -> SunSpecInverter:
    """The driver for one connection. Brands give their meters' power either sign, so none is read."""
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port), context)
    ways = Ways(rated_w=fields.rated_w, is_switched_off_to_change=fields.is_switched_off_to_change)
    return SunSpecInverter(VENDOR, link, fields.unit_id, ways, CommandTimer(context.pace, term_s=TERM_S))


BRANDS = (
    Brand(
        role="inverter",
        key="sunspec",
        title="SunSpec inverter",
        vendor=VENDOR,
        fields=SunSpecFields,
        open=open_inverter,
        capabilities=frozenset({"Run", "Curtail", "timer"}),
        poll_s=ABILITIES.poll_s,
        summary="Solar inverters of other brands that follow SunSpec, over Modbus in your own network. Limits what the inverter makes.",
        how_to_get="Switch on Modbus TCP at the inverter, and its control over Modbus, and give it a fixed address. "
        "The inverter must have SunSpec's immediate controls (model 123).",
        if_we_stop="A limit ends within 20 minutes where you had none and the inverter keeps SunSpec's timer. "
        "Where you had a limit of your own, the narrower one stays until PowerSync runs again.",
    ),
)
