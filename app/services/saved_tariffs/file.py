"""A saved tariff as a file: what is exported can be imported, and what is imported has been understood."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from app.devices.capabilities import ShowsTariff
from app.models.tariffs import SavedTariff
from app.services.saved_tariffs.holder import Holder, TariffRefused

MOST_BYTES = 200_000
FORMAT, VERSION = "powersync_tariff", 1
_HALF_HOUR = timedelta(minutes=30)
_LEAP_YEAR = 2028


@dataclass(frozen=True, slots=True)
class TariffFile:
    """What a file says. `tariff` is in the form of the brand."""

    name: str
    note: str
    brand: str
    tariff: Mapping[str, Any]


def as_file(row: SavedTariff) -> str:
    """JSON text that `understood` reads."""
    content = {FORMAT: VERSION, "name": row.name, "note": row.note, "brand": row.brand, "tariff": row.tariff}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def pretty(row: SavedTariff) -> str:
    """The tariff alone, in the battery's own form, as JSON text for people."""
    return json.dumps(row.tariff, indent=2, ensure_ascii=False)


def file_name(row: SavedTariff) -> str:
    """Letters, digits and hyphens only: "tariff-winter-plan.json"."""
    words = re.sub(r"[^a-z0-9]+", "-", row.name.lower()).strip("-")
    return f"tariff-{words}.json" if words else "tariff.json"


def understood(content: bytes) -> TariffFile:
    """Raises TariffRefused for what is not such a file."""
    if len(content) > MOST_BYTES:
        raise TariffRefused(f"The file is too large: at most {MOST_BYTES // 1000} kB.")
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False).encode()  # half a character can be written in JSON and stored nowhere
    except (ValueError, RecursionError):
        raise TariffRefused("The file is not JSON text.") from None
    if not isinstance(data, dict) or FORMAT not in data:
        raise TariffRefused("This is not a saved tariff of PowerSync.")
    if data[FORMAT] != VERSION:
        raise TariffRefused(f"The file is of another version than this PowerSync reads ({VERSION}).")
    for field, kind, words in (("name", str, "a text"), ("brand", str, "a text"), ("tariff", dict, "an object with content")):
        if not isinstance(data.get(field), kind) or not data[field]:
            raise TariffRefused(f"“{field}” is missing in the file, or is not {words}.")
    note = data.get("note", "")
    if not isinstance(note, str):
        raise TariffRefused("“note” in the file is not a text.")
    return TariffFile(data["name"], note, data["brand"], data["tariff"])


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def refuse_unfit(holder: Holder, file: TariffFile) -> None:
    """Raises TariffRefused unless it is an owner's tariff for this battery, with a price to buy at for each half-hour of a year."""
    holder.refuse_other(file.brand)
    if holder.field not in holder.driver.owners({holder.field: file.tariff}):
        raise TariffRefused("PowerSync wrote this tariff itself. Only a tariff of your own can be saved.")
    start = datetime(_LEAP_YEAR, 1, 1)  # noqa: DTZ001 - on the wall clock of any zone
    moments = [start + number * _HALF_HOUR for number in range(366 * 48)]
    rates = holder.driver.tariff_rates({holder.field: file.tariff}, moments) if isinstance(holder.driver, ShowsTariff) else ()
    holes = [moment for moment, rate in zip(moments, rates, strict=False) if rate.import_c_per_kwh is None]
    if len(holes) == len(rates):
        raise TariffRefused(f"{holder.brand.title} reads no prices in this tariff.")
    if holes:
        raise TariffRefused(f"The tariff has no price to buy at on a {holes[0]:%A} at {holes[0]:%H:%M} in {holes[0]:%B}.")
