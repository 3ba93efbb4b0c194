"""The way to a Huawei inverter: one connection at a time, slowly.

Source: Huawei, Solar Inverter Modbus Interface Definitions, and what owners measured: a dongle says nothing for about 1.5 s after a
connection was made, loses requests that follow one another within 50 ms, and says that it is busy when it wants some seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from app.devices.huawei.fields import HuaweiSolarFields
from app.devices.huawei.registers import LONGEST_BLOCK, WIDEST_GAP
from app.devices.register_device import RegisterDevice
from app.transports.context import Context
from app.transports.errors import RequestRefused
from app.transports.modbus import Endpoint, ModbusLink, RegisterRefused

VENDOR: Final = "Huawei inverter"
_PERMISSION_DENIED: Final = 0x80


def link_to(fields: HuaweiSolarFields, context: Context) -> ModbusLink:
    """Nothing is sent on opening."""
    place = Endpoint(VENDOR, fields.host, fields.port, gap_s=0.05, settle_s=1.5, answer_s=10.0, again_s=2.0)
    return ModbusLink(place, context)


def device_at(fields: HuaweiSolarFields) -> RegisterDevice:
    """The inverter's registers."""
    return RegisterDevice(fields.unit_id, longest=LONGEST_BLOCK, gap=WIDEST_GAP)


@contextmanager
def in_words() -> Iterator[None]:
    """A setting that it takes only from a signed-in installer is refused in words: PowerSync does not sign in."""
    try:
        yield
    except RegisterRefused as refused:
        if refused.code != _PERMISSION_DENIED:
            raise
        told = "it lets nobody but a signed-in installer change this; ask your installer to allow changes over Modbus"
        raise RequestRefused(VENDOR, f"{told} ({refused.message})") from refused
