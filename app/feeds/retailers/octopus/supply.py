"""What one home buys and sells at Octopus: found from the owner's fields, once a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from app.feeds.retailers.octopus.client import VENDOR, NotKnown, OctopusClient
from app.feeds.retailers.octopus.families import EXPORTS, IMPORTS, present_version
from app.feeds.retailers.octopus.fields import OctopusFields
from app.feeds.retailers.octopus.intervals import Listed
from app.feeds.retailers.octopus.rates import read_rates
from app.feeds.retailers.octopus.regions import in_words
from app.feeds.retailers.octopus.tariffs import Tariff, tariff_from
from app.transports.errors import RequestRefused, VendorError

_ListProducts = Callable[[], list[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Supply:
    """The tariffs of one home. `sold` is a rate in p/kWh where no product lists it; the same tariff as `bought` where that pays what it
    costs."""

    bought: Tariff
    sold: Tariff | float
    daily_p: float | None  # standing charge, p a day
    doubts: tuple[str, ...] = ()  # what could not be found out, in words


def find_supply(client: OctopusClient, fields: OctopusFields, now: datetime) -> Supply:
    """Ask for region, versions and tariffs. Raises a VendorError; RequestRefused in words for the owner."""
    region = fields.region or _region_at(client, fields.postcode)
    products: _ListProducts = cache(client.products)
    code = fields.product_code or present_version(products(), IMPORTS[fields.product], now)
    bought = replace(_tariff(client, code, "IMPORT", region), is_on_sale=not fields.product_code)
    sold = _sold(client, fields, bought, region, products, now)
    return Supply(bought, sold, *_standing_charge(client, bought, fields, now))


def _region_at(client: OctopusClient, postcode: str) -> str:
    found = client.regions(postcode)
    if len(found) != 1:
        which = f"lies in one of several regions, {in_words(found)}" if found else "is in no region that Octopus knows"
        raise RequestRefused(VENDOR, f"the postcode {which}; enter the letter of your region")
    return found[0]


def _tariff(client: OctopusClient, code: str, direction: str, region: str) -> Tariff:
    try:
        detail = client.product(code)
    except NotKnown:
        raise RequestRefused(VENDOR, f"there is no product {code}; the code of yours stands on your bill") from None
    return tariff_from(detail, code, direction, region, client.path_of)


def _sold(
    client: OctopusClient, fields: OctopusFields, bought: Tariff, region: str, products: _ListProducts, now: datetime
) -> Tariff | float:
    if fields.export_product == "none":
        return fields.export_fixed_c or 0.0  # nothing is paid: known, not missing
    if fields.export_product != "intelligent_flux":
        code = fields.export_product_code or present_version(products(), EXPORTS[fields.export_product], now)
        return replace(_tariff(client, code, "EXPORT", region), is_on_sale=not fields.export_product_code)
    # Octopus has been seen with and without a product for this export; without one it pays what the import costs.
    code = fields.export_product_code or bought.product.replace("-IMPORT-", "-EXPORT-")
    try:
        detail = client.product(code)
    except NotKnown:
        return bought
    return tariff_from(detail, code, "EXPORT", region, client.path_of)


def _standing_charge(client: OctopusClient, tariff: Tariff, fields: OctopusFields, now: datetime) -> tuple[float | None, tuple[str, ...]]:
    """Pence a day, and why it is not known. Prices do not wait for it."""
    try:
        items = client.charges(tariff.standing, now, now + timedelta(hours=1))
    except VendorError as error:
        return None, (f"the standing charge is missing: {error}",)
    read = read_rates(items, fields.payment_method.upper(), with_vat=fields.include_vat)
    return Listed(read.rates).at(now), tuple(f"standing charge, {reason}" for reason in read.refused)
