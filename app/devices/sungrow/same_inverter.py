"""Addresses in a home change hands: what answers where another inverter was is told, and never written to."""

from app.devices.register_device import RegisterDevice
from app.devices.registers import Kind, Point, Space
from app.transports.errors import RequestRefused
from app.transports.modbus import Conversation, RegisterRefused

SERIAL = Point("serial", 4989, Kind.TEXT, space=Space.INPUT, length=10)


class SameInverter:
    """The serial number that answered first since PowerSync started. An inverter that tells none is taken as it is."""

    def __init__(self, vendor: str, device: RegisterDevice) -> None:
        self._vendor, self._device = vendor, device
        self._serial: str | None = None

    def check(self, talk: Conversation, serial_point: Point = SERIAL) -> None:
        """Before settings are believed or written. Raises RequestRefused where another one answers, and Unreachable."""
        try:
            serial = self._device.read(talk, [serial_point])["serial"]
        except RegisterRefused:
            return  # a dongle that does not pass it on
        if not isinstance(serial, str) or not serial.isascii() or not serial.isalnum():
            return
        if self._serial is not None and serial != self._serial:
            told = f"another inverter answers at its address ({serial} instead of {self._serial})"
            raise RequestRefused(self._vendor, f"{told}; was it replaced, or given a new address?")
        self._serial = serial
