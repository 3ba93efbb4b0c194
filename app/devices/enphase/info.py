"""What a gateway tells everybody: its serial number and firmware.

Source: GET /info, XML: <device><sn>…</sn><software>D8.3.5232</software>…"""

import re
from dataclasses import dataclass
from typing import Final

from app.devices.enphase.vendor import VENDOR
from app.transports.errors import AnswerNotUnderstood, RequestRefused

_SERIAL: Final = re.compile(r"<sn>\s*(\d{6,20})\s*</sn>")
_FIRMWARE: Final = re.compile(r"<software>\s*([A-Za-z]?(\d+)\.[\w.-]{1,30})\s*</software>")
_LEAST_MAJOR: Final = 7  # before, gateways wanted a password and had no limit to set


@dataclass(frozen=True, slots=True)
class Info:
    """A gateway that PowerSync can speak to."""

    serial: str
    firmware: str


def info_from(text: str) -> Info:
    """Raises AnswerNotUnderstood for what is no gateway, RequestRefused for one whose firmware is too old."""
    serial, firmware = _SERIAL.search(text), _FIRMWARE.search(text)
    if serial is None or firmware is None:
        raise AnswerNotUnderstood(VENDOR, "what answers at its address is no IQ Gateway")
    if int(firmware[2]) < _LEAST_MAJOR:
        raise RequestRefused(VENDOR, f"its firmware {firmware[1]} is older than 7; ask Enphase for an update")
    return Info(serial[1], firmware[1])
