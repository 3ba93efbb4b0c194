"""Time zones in a form."""

from app.models.site import Site
from app.services.connecting import Draft
from app.services.connecting_zones import USUAL, is_served, zone_groups, zone_of_region
from app.web.filters import zone_city


def proposed_zone(draft: Draft, site: Site) -> str:
    """The zone that the vendor tells, where all choices agree on one; else the home's present one."""
    told = {choice.timezone for choice in draft.usable if choice.timezone}
    return told.pop() if len(told) == 1 else site.timezone


def zone_of_fields(draft: Draft) -> str:
    """The zone that all homes of the retailer have, or that of the market region that was entered; else the usual one."""
    return draft.declaration.timezone or zone_of_region(str(draft.values.get("region", ""))) or USUAL


def zone_options(chosen: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(continent, (IANA name, city)) for a select; a stored zone that is not among them stands first."""
    groups = [(region, [(name, zone_city(name)) for name in names]) for region, names in zone_groups()]
    known = {name for _, zones in groups for name, _ in zones}
    return groups if chosen in known else [("Stored", [(chosen, zone_city(chosen))]), *groups]


def sent_zone(present: str, zone: str) -> str | None:
    """The zone that was chosen; None for one that PowerSync cannot serve."""
    return zone if zone == present or is_served(zone) else None
