"""A product's tariff in one region: where its rates are listed.

Source: `GET /products/{code}/`, whose groups of tariffs are keyed by region ("_C") and way of paying ("direct_debit_monthly"). The way of
paying there changes no address: rows that depend on it say so themselves."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.windows import Window
from app.feeds.retailers.octopus.client import VENDOR
from app.feeds.retailers.octopus.families import night_of
from app.feeds.retailers.octopus.regions import REGIONS
from app.transports.errors import RequestRefused

_SINGLE = "single_register_electricity_tariffs"
_USUAL_PAYMENT = "direct_debit_monthly"


@dataclass(frozen=True, slots=True)
class Tariff:
    """Where the rates of a product are listed for one region; paths as the client takes them.

    `standard` lists every price with its hours. `is_split`: there is no such list, `day` and `night` hold one price each. `is_on_sale`:
    the version that new customers get; its prices may be late, but not over."""

    product: str
    code: str
    standing: str
    standard: str
    day: str
    night: str
    is_split: bool = False
    is_on_sale: bool = False


def tariff_from(detail: Mapping[str, Any], product: str, direction: str, region: str, path_of: Callable[[str], str]) -> Tariff:
    """The tariff of `product` in `region`. `path_of` turns a link into a path. Raises RequestRefused for one that cannot be priced.

    What the service no longer shows (a retired version) keeps the address that its code gives it."""
    told = detail.get("direction")
    if told is not None and told != direction:
        raise RequestRefused(VENDOR, f"{product} is {_DIRECTIONS.get(told, 'another kind of product')}, not {_DIRECTIONS[direction]}")
    found = [_tariff(product, code, {rel: path_of(href) for rel, href in links.items()}) for code, links in _tariffs_in(detail, region)]
    if found:
        tariff = min(found, key=lambda tariff: tariff.is_split)
        if tariff.is_split:
            night_hours_of(tariff)
        return tariff
    if any(detail[name] for name in _groups(detail)):
        raise RequestRefused(VENDOR, f"{product} has no prices for region {region} ({REGIONS[region]})")
    return _tariff(product, f"E-1R-{product}-{region}", {})


def night_hours_of(tariff: Tariff) -> Window:
    """When the price of `night` holds, by the clock in London. Raises RequestRefused where that is not known."""
    hours = night_of(tariff.product)
    if hours is None:
        raise RequestRefused(
            VENDOR,
            f"{tariff.product} has a day and a night rate; when the night rate holds depends on the meter, and Octopus does not tell it: "
            "enter its hours and prices as a plan of your own instead",
        )
    return hours


_DIRECTIONS = {"IMPORT": "an import product", "EXPORT": "an export product"}


def _tariff(product: str, code: str, paths: Mapping[str, str]) -> Tariff:
    home = f"/products/{product}/electricity-tariffs/{code}"
    return Tariff(
        product,
        code,
        standing=paths.get("standing_charges", f"{home}/standing-charges/"),
        standard=paths.get("standard_unit_rates", f"{home}/standard-unit-rates/"),
        day=paths.get("day_unit_rates", f"{home}/day-unit-rates/"),
        night=paths.get("night_unit_rates", f"{home}/night-unit-rates/"),
        is_split="standard_unit_rates" not in paths and {"day_unit_rates", "night_unit_rates"} <= paths.keys(),
    )


def _groups(detail: Mapping[str, Any]) -> list[str]:
    """The names of the product's groups of tariffs, that of one register first."""
    named = [name for name in detail if name.endswith("_electricity_tariffs") and isinstance(detail[name], Mapping)]
    return sorted(named, key=lambda name: name != _SINGLE)


def _tariffs_in(detail: Mapping[str, Any], region: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Code and links (rel → address) of the region's tariffs, one of each group."""
    for name in _groups(detail):
        by_payment = detail[name].get(f"_{region}")
        if not isinstance(by_payment, Mapping):
            continue
        for payment in sorted(by_payment, key=lambda payment: payment != _USUAL_PAYMENT):
            tariff = by_payment[payment]
            if isinstance(tariff, Mapping) and isinstance(tariff.get("code"), str):
                yield tariff["code"], _links(tariff.get("links"))
                break


def _links(value: Any) -> dict[str, str]:
    items = [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
    return {item["rel"]: item["href"] for item in items if isinstance(item.get("rel"), str) and isinstance(item.get("href"), str)}
