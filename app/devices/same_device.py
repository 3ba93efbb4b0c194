"""Addresses in a home change hands: what answers where another device was is told, and never written to."""

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.transports.errors import RequestRefused
from app.transports.modbus import Conversation, RegisterRefused


class SameDevice:
    """The serial number that answered first since the owner saved the connection; where that is not stored, since PowerSync started.
    A device that tells none is taken as it is. One per connection."""

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
        known = talk.known_device.load() if talk.known_device is not None else self._serial
        if known is not None and serial != known:
            told = f"another device answers at its address (serial number {serial} instead of {known})"
            raise RequestRefused(self._vendor, f"{told}; if you replaced it, save its connection again under Devices")
        self._serial = serial
        if known is None and talk.known_device is not None:
            talk.known_device.save(serial)
