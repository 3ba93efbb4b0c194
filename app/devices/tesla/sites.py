"""The energy sites of an account, for the form and for an owner who has only one."""

from collections.abc import Mapping
from typing import Any, Final

from app.devices.tesla.client import EnergyApi
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.numbers import finite, part
from app.devices.tesla.reading import facts_from, model_from
from app.devices.tesla.ways import access_of
from app.domain.brands import Choice
from app.transports.context import Context
from app.transports.errors import RequestRefused, VendorError

_ASKED_AT_MOST: Final = 4  # sites whose details are fetched for the form: one call each


def energy_site_choices(fields: TeslaFields, context: Context) -> list[Choice]:
    """The account's energy sites; those without a Powerwall are shown and cannot be chosen. Raises a VendorError."""
    api = EnergyApi(context, access_of(fields, context))
    sites = energy_sites(api.products())
    asked = [site for site in sites if has_powerwall(site)][:_ASKED_AT_MOST]
    return [_choice(site, _details(api, site) if site in asked else {}) for site in sites]


def energy_sites(products: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The energy sites of a product list: vehicles have no site number, and a ghost site has no component at all."""
    return [product for product in products if site_id_of(product) and not _is_ghost(product)]


def only_site(vendor: str, products: list[dict[str, Any]]) -> str:
    """The number of the account's only Powerwall site. Raises RequestRefused where there is none, or more than one to choose from."""
    sites = [site for site in energy_sites(products) if has_powerwall(site)]
    if len(sites) == 1:
        return site_id_of(sites[0])
    if not sites:
        raise RequestRefused(vendor, "this account has no Powerwall")
    listed = ", ".join(f"{_name(site)} ({site_id_of(site)})" for site in sites)
    raise RequestRefused(vendor, f"this account has several Powerwall sites, set energy_site_id to one of them: {listed}")


def site_id_of(product: Mapping[str, Any]) -> str:
    """As text: the number can be larger than a browser keeps exactly. Empty for what is no energy site."""
    number = product.get("energy_site_id")
    if isinstance(number, bool) or not isinstance(number, int | str):
        return ""
    return str(number) if str(number).isdecimal() else ""


def has_powerwall(site: Mapping[str, Any]) -> bool:
    """Judged by the component; where the list does not tell, by the kind of resource."""
    told = part(site, "components").get("battery")
    return told if isinstance(told, bool) else site.get("resource_type") == "battery"


def _is_ghost(site: Mapping[str, Any]) -> bool:
    components = part(site, "components")
    return bool(components) and not any(components.get(key) for key in ("battery", "solar", "grid", "load_meter"))


def _details(api: EnergyApi, site: Mapping[str, Any]) -> Mapping[str, Any]:
    """A home that is offline can still be chosen."""
    try:
        return api.site_info(site_id_of(site))
    except VendorError:
        return {}


def _choice(site: Mapping[str, Any], details: Mapping[str, Any]) -> Choice:
    if not has_powerwall(site):
        return Choice(site_id_of(site), _name(site), "no Powerwall", is_usable=False)
    facts = facts_from(details)
    capacity_wh = facts.capacity_wh or finite(site.get("total_pack_energy"))
    size = f", {capacity_wh / 1000:.1f} kWh" if capacity_wh else ""
    return Choice(site_id_of(site), _name(site), f"{model_from(details)}{size}", timezone=facts.timezone)


def _name(site: Mapping[str, Any]) -> str:
    name = site.get("site_name")
    return name.strip() if isinstance(name, str) and name.strip() else f"Site {site_id_of(site)}"
