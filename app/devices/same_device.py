"""Addresses in a home change hands: what answers where another device was is told, and never written to."""

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.transports.errors import RequestRefused
from app.transports.modbus import Conversation, RegisterRefused


class SameDevice:
    """The serial number that answered first since PowerSync started. A device that tells none is taken as it is."""

    def __init__(self, vendor: str, device: RegisterDevice) -> None:
        self._vendor, self._device = vendor, device
        self._serial: str | None = None

    def check(self, talk: Conversation, serial_point: Point) -> None:
        """Before settings are believed or written. Raises RequestRefused where another one answers, and Unreachable."""
        try:
            serial = self._device.read(talk, [serial_point])[serial_point.name]
        except RegisterRefused:
            return  # a dongle that does not pass it on
        if not isinstance(serial, str) or not serial.isascii() or not serial.isalnum():
            return
        if self._serial is not None and serial != self._serial:
            told = f"another device answers at its address (serial number {serial} instead of {self._serial})"
            raise RequestRefused(self._vendor, f"{told}; was it replaced, or given a new address?")
        self._serial = serial
