"""Fronius: GEN24 hybrid inverters with their battery, and solar inverters with a Datamanager or a GEN24."""

from typing import Final

from app.devices.command_timer import CommandTimer
from app.devices.fronius import storage
from app.devices.fronius.inverter_fields import InverterFields
from app.devices.fronius.storage_fields import StorageFields
from app.devices.sunspec_inverter import ABILITIES, SunSpecInverter, Ways
from app.devices.sunspec_limit import TERM_S
from app.domain.brands import Brand
from app.transports.context import Context
from app.transports.modbus import Endpoint, ModbusLink

VENDOR: Final = "Fronius inverter"


def open_inverter(fields: InverterFields, context: Context) -> SunSpecInverter:
    """The driver for one connection. Some firmware ignores a new limit while one is in force."""
    link = ModbusLink(Endpoint(VENDOR, fields.host, fields.port), context)
    ways = Ways(meter_unit=fields.meter_unit_id, is_switched_off_to_change=True, has_soft_limit=fields.has_soft_limit)
    return SunSpecInverter(VENDOR, link, fields.unit_id, ways, CommandTimer(context.pace, term_s=TERM_S))


_HOW_TO_GET: Final = (
    "Open the inverter's own web page as installer, Communication, Modbus: switch on the Modbus TCP server and the control of the inverter "
    "over Modbus, and give the inverter a fixed address. It serves one program at a time."
)

BRANDS = (
    Brand(
        role="battery",
        key="fronius",
        title="Fronius GEN24",
        vendor=storage.VENDOR,
        fields=StorageFields,
        open=storage.open_storage,
        capabilities=frozenset({*(command.__name__ for command in storage.ABILITIES.commands), "power_setpoint"}),
        poll_s=storage.ABILITIES.poll_s,
        summary="GEN24 Plus hybrid inverters with a battery and a Smart Meter, over Modbus in your own network.",
        how_to_get=f"{_HOW_TO_GET} Allow the battery to be charged from the grid there if PowerSync is to do so, and switch off the Energy "
        "Cost Assistant and time-dependent battery control, which stand above Modbus.",
        if_we_stop="A forced charge, discharge or hold goes on until PowerSync runs again: "
        "the inverter's own timer for it is unreliable and not used. The reserve kept by the inverter still ends a discharge.",
    ),
    Brand(
        role="inverter",
        key="fronius",
        title="Fronius inverter",
        vendor=VENDOR,
        fields=InverterFields,
        open=open_inverter,
        capabilities=frozenset({"Run", "Curtail", "timer"}),
        poll_s=ABILITIES.poll_s,
        summary="Primo, Symo, Eco, Tauro and GEN24 inverters, over Modbus in your own network. Limits what the inverter makes; "
        "at a hybrid inverter that includes what its battery gives.",
        how_to_get=_HOW_TO_GET,
        if_we_stop="A limit ends within 20 minutes where you had none. "
        "Where you had a limit of your own, or use the installer's export limit, it stays until PowerSync runs again.",
    ),
)
