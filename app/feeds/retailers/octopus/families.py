"""Octopus' products as owners know them, and which of the listed versions is the present one.

A product changes its code with each version (AGILE-24-10-01: the version of 1 October 2024). The list holds only what new customers can
have; whoever signed up earlier stays on the older version and enters its code."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final

from app.domain.windows import Window
from app.feeds.retailers.octopus.client import VENDOR
from app.transports.errors import RequestRefused

OWN_BRAND: Final = "OCTOPUS_ENERGY"  # the list also has products of brands that Octopus serves
_DATE: Final = r"\d\d-\d\d-\d\d"
_EVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Family:
    """One product over its versions. `version` matches the code of a present one, all that were ever sold begin with one of `prefixes`."""

    title: str
    direction: str  # "IMPORT" or "EXPORT"
    version: str
    prefixes: tuple[str, ...]
    example: str  # one of its codes


IMPORTS: Final = {
    "agile": Family("Agile", "IMPORT", rf"AGILE-(?:FLEX-)?{_DATE}", ("AGILE-",), "AGILE-24-10-01"),
    "go": Family("Go", "IMPORT", rf"GO-VAR-{_DATE}", ("GO-",), "GO-VAR-22-10-14"),
    # The same product under two names: the newer one has a word for the kind of meter in it.
    "intelligent_go": Family(
        "Intelligent Go", "IMPORT", rf"(?:INTELLI|IOG-[A-Z]+)-VAR-{_DATE}", ("INTELLI-", "IOG-"), "INTELLI-VAR-24-10-29"
    ),
    "flux": Family("Flux", "IMPORT", rf"FLUX-IMPORT-{_DATE}", ("FLUX-IMPORT-",), "FLUX-IMPORT-23-02-14"),
    "intelligent_flux": Family(
        "Intelligent Flux", "IMPORT", rf"INTELLI-FLUX-IMPORT-{_DATE}", ("INTELLI-FLUX-IMPORT-",), "INTELLI-FLUX-IMPORT-23-07-14"
    ),
    "tracker": Family("Tracker", "IMPORT", rf"SILVER-(?:[A-Z]+-)*{_DATE}", ("SILVER-",), "SILVER-FLEX-BB-23-02-08"),
    "cosy": Family("Cosy", "IMPORT", rf"COSY-{_DATE}", ("COSY-",), "COSY-22-12-08"),
}
EXPORTS: Final = {
    "agile_outgoing": Family("Agile Outgoing", "EXPORT", rf"AGILE-OUTGOING-{_DATE}", ("AGILE-OUTGOING-",), "AGILE-OUTGOING-19-05-13"),
    "outgoing": Family("Outgoing", "EXPORT", rf"OUTGOING-VAR-{_DATE}", ("OUTGOING-",), "OUTGOING-VAR-24-10-26"),
    "outgoing_prime": Family(
        "Outgoing Prime", "EXPORT", rf"OUTGOING-PRIME-(?:[A-Z0-9]+-)*{_DATE}", ("OUTGOING-PRIME-",), "OUTGOING-PRIME-FIX-12M-26-06-23"
    ),
    "flux": Family("Flux export", "EXPORT", rf"FLUX-EXPORT-{_DATE}", ("FLUX-EXPORT-",), "FLUX-EXPORT-23-02-14"),
    "intelligent_flux": Family(
        "Intelligent Flux export", "EXPORT", rf"INTELLI-FLUX-EXPORT-{_DATE}", ("INTELLI-FLUX-EXPORT-",), "INTELLI-FLUX-EXPORT-23-07-14"
    ),
}
_GO_NIGHT: Final = Window(time(0, 30), time(5, 30))
_INTELLIGENT_GO_NIGHT: Final = Window(time(23, 30), time(5, 30))


def night_of(code: str) -> Window | None:
    """When the night rate of a product holds, by the clock in London; None where Octopus does not say.

    Needed only where day and night have lists of their own instead of one with the hours in it."""
    if code.startswith("GO-"):
        return _GO_NIGHT
    if code.startswith(("INTELLI-", "IOG-")) and not code.startswith("INTELLI-FLUX-"):
        return _INTELLIGENT_GO_NIGHT
    return None


def present_version(products: Iterable[Mapping[str, Any]], family: Family, now: datetime) -> str:
    """The code of the newest version that a household can have at `now`. Raises RequestRefused where there is none."""
    open_ones = [product for product in products if _is_offered(product, family, now)]
    if not open_ones:
        raise RequestRefused(
            VENDOR,
            f"{family.title} is not offered to new customers at present; enter the code of your version, "
            f"such as {family.example}: it stands on your bill",
        )
    return max((_instant(product.get("available_from")) or _EVER, str(product["code"])) for product in open_ones)[1]


def _is_offered(product: Mapping[str, Any], family: Family, now: datetime) -> bool:
    code, until = product.get("code"), product.get("available_to")
    ends = _instant(until)
    return (
        isinstance(code, str)
        and re.fullmatch(family.version, code) is not None
        and product.get("direction") in (None, family.direction)
        and product.get("brand") == OWN_BRAND
        and product.get("is_business") is not True
        and (_instant(product.get("available_from")) or _EVER) <= now
        and (until is None or (ends is not None and ends > now))
    )


def _instant(value: Any) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo is not None else None
