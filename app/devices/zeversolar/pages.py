"""The two pages that the built-in monitor serves as plain text.

Source: /home.cgi, fields between blanks: 4 hardware, 5 software, 6 and 7 time and date, 9 the number of inverters, and, while there is one,
10 serial number, 11 AC power in W, 12 energy today in kWh, 13 its state, 14 its meter's. /adv.cgi, one field a line: 8 the limit's
switch, 9 to 15 what its form holds (`FORM`)."""

import re
from dataclasses import dataclass
from typing import Final

from app.devices.zeversolar.vendor import VENDOR
from app.transports.errors import AnswerNotUnderstood, Unreachable

LARGEST_W: Final = 100_000
FORM: Final = ("drm_sp", "ac_sys", "ac_value1", "ac_value2", "ac_value3", "ac_mode", "em_ml")  # from field 9 on
SWITCH: Final = 8
IN_PERCENT: Final = "1"
_FIGURE: Final = re.compile(r"\d{1,6}(\.\d{1,6})?")
_MAC: Final = re.compile(r"[0-9A-F]{12}")


@dataclass(frozen=True, slots=True)
class Home:
    """What the inverter does."""

    serial: str
    software: str
    ac_w: int
    energy_today_wh: int
    is_well: bool


@dataclass(frozen=True, slots=True)
class PowerLimit:
    """The limit, with its form as the monitor holds it (in its own words)."""

    is_on: bool
    form: dict[str, str]

    @property
    def rated_w(self) -> int:
        """What 100 % are."""
        return int(self.form["ac_sys"])

    @property
    def pct(self) -> int | None:
        """The limit in force, 100 for none; None for one that is not told in percent."""
        if not self.is_on:
            return 100
        return int(self.form["ac_value1"]) if self.form["ac_mode"] == IN_PERCENT else None


def monitor_id_from(text: str) -> str:
    """The monitor's own number, which it tells at night too. Raises AnswerNotUnderstood."""
    return _fields(text)[2].upper()


def _fields(text: str) -> list[str]:
    fields = text.split()
    if len(fields) < 10 or not _MAC.fullmatch(fields[2].upper()):
        raise AnswerNotUnderstood(VENDOR, "what answers at its address is no monitor of a Zeversolar inverter")
    return fields


def home_from(text: str) -> Home:
    """Raises Unreachable while the monitor has no inverter, AnswerNotUnderstood for what cannot be."""
    fields = _fields(text)
    if fields[9] == "0":
        raise Unreachable(VENDOR, "its monitor answers and does not reach the inverter, as at night")
    if len(fields) < 14 or not fields[11].isdecimal() or int(fields[11]) > LARGEST_W or not _FIGURE.fullmatch(fields[12]):
        raise AnswerNotUnderstood(VENDOR, "its figures cannot be")
    return Home(fields[10], fields[5], int(fields[11]), energy_wh(fields[12]), fields[13].casefold() == "ok")


def energy_wh(shown_kwh: str) -> int:
    """Its firmware drops the zeros that lead a fraction of two digits: "8.9" are 8.09 kWh, "8.90" and "3.14" are what they say."""
    whole, _, fraction = shown_kwh.partition(".")
    return int(whole) * 1000 + int(fraction.rjust(2, "0").ljust(3, "0")[:3])


def limit_from(text: str) -> PowerLimit:
    """Raises AnswerNotUnderstood."""
    fields = [line.strip() for line in text.strip().splitlines()]
    form = dict(zip(FORM, fields[SWITCH + 1 :], strict=False))
    if len(fields) < SWITCH + len(FORM) or fields[SWITCH] not in ("0", "1"):
        raise AnswerNotUnderstood(VENDOR, "its power limit is not in form")
    if not form["ac_sys"].isdecimal() or not 0 < int(form["ac_sys"]) <= LARGEST_W:
        raise AnswerNotUnderstood(VENDOR, "it does not tell its rated power")
    if not form["ac_value1"].isdecimal() or int(form["ac_value1"]) > 100:
        raise AnswerNotUnderstood(VENDOR, "its power limit cannot be")
    return PowerLimit(fields[SWITCH] == "1", {"em_ml": "0", **form})
