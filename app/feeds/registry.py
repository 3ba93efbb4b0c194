"""The retailers, markets and forecasts: every package below `retailers` and `forecasts` declares a `BRAND`, every one below `market` a
`MARKET`.

Adding one edits no other file."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from app.domain.brands import Brand, Market
from app.feeds import forecasts, market, retailers


@cache
def retailer_brands() -> dict[str, Brand]:
    """Brand key → its declaration, in order of title."""
    return _by_key(retailers)


@cache
def solar_forecast_brands() -> dict[str, Brand]:
    """Brand key → its declaration, in order of title."""
    return _by_key(forecasts)


@cache
def markets() -> dict[str, Market]:
    """Market key → its declaration."""
    return {module.MARKET.key: module.MARKET for module in _packages(market)}


def _by_key(room: ModuleType) -> dict[str, Brand]:
    brands: list[Brand] = [module.BRAND for module in _packages(room)]
    return {brand.key: brand for brand in sorted(brands, key=lambda brand: brand.title.casefold())}


def _packages(room: ModuleType) -> list[ModuleType]:
    found = [module.name for module in pkgutil.iter_modules(room.__path__) if module.ispkg]
    return [importlib.import_module(f"{room.__name__}.{name}") for name in found]
