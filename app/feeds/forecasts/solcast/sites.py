"""Which rooftop sites of an account are forecast."""

from collections.abc import Mapping
from typing import Any

from app.domain.brands import Choice
from app.feeds.forecasts.readings import number
from app.feeds.forecasts.solcast.client import VENDOR, SolcastClient
from app.feeds.forecasts.solcast.fields import SolcastFields
from app.transports.context import Context
from app.transports.errors import RequestRefused


def site_choices(fields: SolcastFields, context: Context) -> list[Choice]:
    """The rooftop sites of the account. Raises a VendorError."""
    sites = SolcastClient(fields.api_key.get_secret_value(), context).sites()
    return [Choice(value, str(site.get("name") or "Rooftop site"), _note(site)) for site in sites if (value := _id_of(site))]


def only_site(client: SolcastClient) -> str:
    """The resource ID of an account with one rooftop site. Raises RequestRefused where there are none or several."""
    found = [value for site in client.sites() if (value := _id_of(site))]
    if len(found) != 1:
        raise RequestRefused(VENDOR, f"this account has {len(found) or 'no'} rooftop sites; choose one under Devices")
    return found[0]


def _id_of(site: Mapping[str, Any]) -> str:
    value = site.get("resource_id")
    return value if isinstance(value, str) else ""


def _note(site: Mapping[str, Any]) -> str:
    """Size and direction. Solcast counts 0 north, −90 east, 90 west, 180 south."""
    capacity, azimuth, tilt = (number(site.get(name)) for name in ("capacity", "azimuth", "tilt"))
    parts = [
        f"{capacity:g}\u202fkW" if capacity is not None else "",
        f"looks {_compass(azimuth)}" if azimuth is not None else "",
        f"tilt {tilt:g}°" if tilt is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def _compass(solcast_deg: float) -> str:
    names = ("north", "north-west", "west", "south-west", "south", "south-east", "east", "north-east")
    return names[round(solcast_deg / 45) % 8]
