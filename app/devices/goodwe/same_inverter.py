"""Addresses in a home change hands: what answers where another inverter was is told, and never written to."""

from app.devices.goodwe.registers import SERIAL
from app.devices.register_device import RegisterDevice
from app.transports.errors import RequestRefused
from app.transports.modbus import Conversation


class SameInverter:
    """The serial number that answered first since PowerSync started. An inverter that tells none is taken as it is."""

    def __init__(self, vendor: str, device: RegisterDevice) -> None:
        self._vendor, self._device = vendor, device
        self._serial: str | None = None

    def check(self, talk: Conversation) -> None:
        """Before settings are believed or written. Raises RequestRefused where another one answers, and what reading raises."""
        serial = self._device.read(talk, [SERIAL])["serial"]
        if not isinstance(serial, str) or not serial.isascii() or not serial.isalnum():
            return
        if self._serial is not None and serial != self._serial:
            told = f"another inverter answers at its address ({serial} instead of {self._serial})"
            raise RequestRefused(self._vendor, f"{told}; was it replaced, or given a new address?")
        self._serial = serial
