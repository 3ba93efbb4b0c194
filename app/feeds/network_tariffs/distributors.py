"""The distributors whose tariffs the table knows, and their codes as they stand on a bill.

Source: the tables of the library aemo_to_tariff 0.7.28, prices of 2025-26 and 2026-27. The tests hold this list against the library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Name = Literal[
    "ausgrid",
    "ausnet",
    "endeavour",
    "energex",
    "ergon",
    "essential",
    "evoenergy",
    "jemena",
    "powercor",
    "sapn",
    "tasnetworks",
    "united",
]
TABLE_OF_2026: Final = date(2026, 7, 1)  # local; the day on which the table of 2026-27 takes over
BY_HAND: Final = "take the rates from your bill and enter them by hand (network, manual)"
_DEMAND: Final = f"the table has its demand charges, which are per kW, in the place of its energy rates; {BY_HAND}"
_NOT_IN_TABLE: Final[Mapping[str, str]] = {
    "citipower": f"CitiPower's tariffs are not in the table, and those of its neighbours are not the same; {BY_HAND}",
    "victoria": f"the table's tariffs for Victoria as a whole are invented round numbers; choose your distributor, or {BY_HAND}",
}


@dataclass(frozen=True)
class Distributor:
    """One network. `zone` is the clock of its tariff windows."""

    key: str
    title: str
    zone: ZoneInfo
    codes: tuple[str, ...]
    adds_gst: bool  # the library adds 10 % to its table; otherwise nobody has confirmed whether the table holds it already
    new_in_2026: frozenset[str] = frozenset()  # codes that the table of 2025-26 lacks
    unusable: Mapping[str, str] = field(default_factory=dict)  # code → what is wrong with its figures in the table


def _distributor(
    key: Name, title: str, city: str, codes: str, *, adds_gst: bool, new: str = "", unusable: Mapping[str, str] | None = None
) -> Distributor:
    zone = ZoneInfo(f"Australia/{city}")
    return Distributor(key, title, zone, tuple(codes.split()), adds_gst, frozenset(new.split()), unusable or {})


_ALL: Final = (
    _distributor("ausgrid", "Ausgrid", "Sydney", "EA010 EA025 EA111 EA116 EA225 EA305", adds_gst=True),
    _distributor("ausnet", "AusNet", "Melbourne", "NAST11S NEE11S NEE11 NEE12 NAST12", adds_gst=False, new="NEE11 NEE12 NAST12"),
    _distributor("endeavour", "Endeavour Energy", "Sydney", "N70 N71 N73 N90 N91 N19 N95", adds_gst=True),
    _distributor(
        "energex",
        "Energex",
        "Brisbane",
        "8400 3900 3700 6900 3600 3800 6000 8500 8900 8800 6800 6600 6700 7200 8100 8300 94300 94000 96200",
        adds_gst=True,
        new="96200",
    ),
    _distributor(
        "ergon",
        "Ergon Energy",
        "Brisbane",
        "ERTOUET1 WRTOUET1 MRTOUET4 ERTDEMT1 WRTDEMT1 MRTDEMT4 EBTOUET1 WBTOUET1 MBTOUET4 EBTDEMT1 WBTDEMT1 MBTDEMT4 6900",
        adds_gst=True,
        new="ERTDEMT1 WRTDEMT1 MRTDEMT4 EBTOUET1 WBTOUET1 MBTOUET4 EBTDEMT1 WBTDEMT1 MBTDEMT4",
    ),
    _distributor(
        "essential",
        "Essential Energy",
        "Sydney",
        "BLNN2AU BLNT3AU BLNT3AL BLNRSS2 BLND1AR BLNC1AU BLNC2AU BLNN1AU BLNT2AU BLNT2AL BLNT1AO BLND1AB BLNBSS1",
        adds_gst=True,
    ),
    _distributor("evoenergy", "Evoenergy", "Sydney", "015 016 017 018 026 090", adds_gst=True),
    _distributor("jemena", "Jemena", "Melbourne", "D1 A100 PRTOU A130 A200 A210", adds_gst=False, new="A100 A130 A200 A210"),
    _distributor(
        "powercor",
        "Powercor",
        "Melbourne",
        "D1 PRTOU PRSTOU NDMO21 NDTOU PRDS ND1 NDD PRCER",
        adds_gst=False,
        new="PRSTOU ND1 NDD PRCER",
    ),
    _distributor("sapn", "SA Power Networks", "Adelaide", "RSR RTOU RTOUNE RPRO RELE RESELE RELE2W SBELE B2R SBTOU SBTOUNE", adds_gst=True),
    _distributor(
        "tasnetworks",
        "TasNetworks",
        "Hobart",
        "TAS93 TAS87 TAS97 TAS94 TAS88 TAS22 TAS31",
        adds_gst=False,
        new="TAS22 TAS31",
        unusable={"TAS87": _DEMAND, "TAS88": _DEMAND},
    ),
    _distributor(
        "united",
        "United Energy",
        "Melbourne",
        "D1 LVS1R URTOU URSTOU FURTOU FURDS URDS RESKW1R NDMO21 NDTOU LVTOU LVM1R PRDS",
        adds_gst=False,
        new="LVS1R URSTOU RESKW1R LVTOU LVM1R",
    ),
)
DISTRIBUTORS: Final[Mapping[str, Distributor]] = {each.key: each for each in _ALL}
"""Key → distributor, in order of key."""


def distributor_named(text: object) -> Distributor:
    """The distributor of that key or title, without regard to case. Raises ValueError with what there is, the nearest first."""
    wanted = _letters(str(text))
    if wanted in _NOT_IN_TABLE:
        raise ValueError(_NOT_IN_TABLE[wanted])
    for each in _ALL:
        if wanted in (each.key, _letters(each.title)):
            return each
    raise ValueError(f"this is not a distributor of the table, which has {', '.join(_nearest_first(wanted, get_args(Name)))}")


def code_of(distributor: Distributor, text: object) -> str:
    """The code as the table has it, without regard to case and to a leading "NTC". Raises ValueError with the codes there are."""
    code = "".join(str(text).upper().split()).removeprefix("NTC")
    if code not in distributor.codes:
        usable = [each for each in distributor.codes if each not in distributor.unusable]
        quotes = " (in quotes)" if isinstance(text, int) else ""  # YAML reads an unquoted 017 as the number 15
        raise ValueError(
            f"{code[:20]} is not a tariff of {distributor.title} in the table, which has {', '.join(_nearest_first(code, usable))}{quotes}"
        )
    if code in distributor.unusable:
        raise ValueError(f"{code} of {distributor.title} cannot be used: {distributor.unusable[code]}")
    return code


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalpha())


def _nearest_first(wanted: str, known: tuple[str, ...] | list[str]) -> list[str]:
    return sorted(known, key=lambda each: -SequenceMatcher(None, wanted.upper(), each.upper()).ratio())
