"""The fourteen grid supply point groups of Great Britain: what Agile makes of the wholesale price there, and which postcodes lie there."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """One group. A half-hour of Agile costs `multiplier` × wholesale, and `peak_adder_p` (p/kWh, without VAT) more from 16:00 to 19:00."""

    name: str
    multiplier: float
    peak_adder_p: float


REGIONS = {
    "A": Region("Eastern England", 2.1, 13),
    "B": Region("East Midlands", 2.0, 14),
    "C": Region("London", 2.0, 12),
    "D": Region("Merseyside and North Wales", 2.2, 13),
    "E": Region("West Midlands", 2.1, 12),
    "F": Region("North Eastern England", 2.1, 12),
    "G": Region("North Western England", 2.1, 12),
    "H": Region("Southern England", 2.1, 12),
    "J": Region("South Eastern England", 2.2, 12),
    "K": Region("South Wales", 2.2, 12),
    "L": Region("South Western England", 2.3, 11),
    "M": Region("Yorkshire", 2.2, 13),
    "N": Region("South Scotland", 2.1, 13),
    "P": Region("North Scotland", 2.4, 12),
}

# Postcode areas (the letters that a postcode begins with); an area on a border stands in several groups, as SY and CR do.
_AREAS = {
    "A": "AL CB CM CO IP LU NR PE SG SS",
    "B": "DE LE LN NG NN",
    "C": "E EC N NW SE SW W WC CR",
    "D": "CH L LL SY",
    "E": "B CV DY ST WR WS WV SY",
    "F": "DH DL NE SR TS",
    "G": "BB BL FY LA M OL PR SK WN",
    "H": "BH GU OX PO RG SO SP",
    "J": "BN BR CT CR ME RH TN",
    "K": "CF LD NP SA SY",
    "L": "BA BS EX PL TA TQ TR",
    "M": "BD DN HD HG HU HX LS S WF YO",
    "N": "DG EH G KA ML TD",
    "P": "AB DD HS IV KW PH ZE",
}


def groups_at(postcode: str) -> list[str]:
    """The letters of the groups in which `postcode` can lie: none, one or several."""
    match = re.match(r"([A-Z]{1,2})\d", postcode.upper())
    return [letter for letter, areas in _AREAS.items() if match is not None and match[1] in areas.split()]
