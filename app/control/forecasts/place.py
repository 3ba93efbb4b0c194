"""Where a home stands, as exactly as the sun needs it."""

import re
from functools import cache
from importlib.resources import files

from sqlalchemy.orm import Session

from app.control.forecasts.setup import source_of
from app.domain.forecasts.sun import Place
from app.models.site import Site

_COORDINATES = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")  # ISO 6709: ±DDMM[SS]±DDDMM[SS]


def place_of(session: Session, site: Site) -> Place | None:
    """What the forecast source was told, else the city that the time zone is named after; None for a zone without one (UTC)."""
    connection = source_of(session, site.id)
    told = connection.config if connection is not None else {}
    latitude, longitude = told.get("latitude"), told.get("longitude")
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        return Place(float(latitude), float(longitude))
    return city_of(site.timezone)


def city_of(zone: str) -> Place | None:
    """The principal place of a time zone (IANA), from the coordinates that the time zone database itself holds (zone.tab)."""
    return _cities().get(_links().get(zone, zone))


@cache
def _cities() -> dict[str, Place]:
    found = {}
    for line in _text("zone.tab").splitlines():
        parts = line.split("\t")
        if line.startswith("#") or len(parts) < 3:
            continue
        match = _COORDINATES.fullmatch(parts[1])
        if match is not None:
            found[parts[2]] = Place(_degrees(*match.group(1, 2, 3, 4)), _degrees(*match.group(5, 6, 7, 8)))
    return found


@cache
def _links() -> dict[str, str]:
    """Other names of zones: "Australia/ACT" → "Australia/Sydney"."""
    rows = (line.split() for line in _text("tzdata.zi").splitlines() if line.startswith("L "))
    cities = _cities()
    return {name: target for _, target, name in rows if name not in cities}


def _text(name: str) -> str:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value
