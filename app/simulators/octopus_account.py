"""A customer of Octopus: the key, and the meter points with their agreements."""

import base64
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.simulators.octopus_market import LONDON
from app.simulators.service import Request


def local_text(day: date | None) -> str | None:
    """Midnight in London of `day`, with its offset, as products and accounts write it; `Z` in winter."""
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A tariff from a day (included) to another (excluded); None: still in force."""

    tariff_code: str
    valid_from: date
    valid_to: date | None = None

    def to_json(self) -> dict[str, Any]:
        return {"tariff_code": self.tariff_code, "valid_from": local_text(self.valid_from), "valid_to": local_text(self.valid_to)}


@dataclass
class OctopusAccount:
    """`number` (A-…) and `api_key` (sk_live_…); what is imported and what is exported have a meter point each."""

    number: str
    api_key: str
    postcode: str
    imports: list[Agreement]
    exports: list[Agreement]

    def is_opened_by(self, request: Request) -> bool:
        """True for HTTP Basic with the key as user name and no password."""
        wanted = base64.b64encode(f"{self.api_key}:".encode()).decode()
        return request.headers.get("authorization", "") == f"Basic {wanted}"

    def to_json(self) -> dict[str, Any]:
        points = [
            {
                "mpan": mpan,
                "profile_class": profile_class,
                "meters": [{"serial_number": "21L0012345", "registers": [{"identifier": "1", "rate": "STANDARD"}]}],
                "agreements": [agreement.to_json() for agreement in agreements],
                "is_export": is_export,
            }
            for mpan, profile_class, agreements, is_export in (
                ("1200012345678", 1, self.imports, False),
                ("1200087654321", 8, self.exports, True),
            )
        ]
        home = {"id": 1234567, "moved_in_at": local_text(date(2023, 4, 1)), "moved_out_at": None, "postcode": self.postcode}
        return {"number": self.number, "properties": [{**home, "electricity_meter_points": points, "gas_meter_points": []}]}
