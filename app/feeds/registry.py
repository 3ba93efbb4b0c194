"""The retailers and markets: every package below `retailers` declares a `BRAND`, every one below `market` a `MARKET`.

Adding one edits no other file."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from app.domain.brands import Brand, Market
from app.feeds import market, retailers


@cache
def retailer_brands() -> dict[str, Brand]:
    """Brand key → its declaration, in order of title."""
    brands: list[Brand] = [module.BRAND for module in _packages(retailers)]
    return {brand.key: brand for brand in sorted(brands, key=lambda brand: brand.title)}


@cache
def markets() -> dict[str, Market]:
    """Market key → its declaration."""
    return {module.MARKET.key: module.MARKET for module in _packages(market)}


def _packages(room: ModuleType) -> list[ModuleType]:
    found = [module.name for module in pkgutil.iter_modules(room.__path__) if module.ispkg]
    return [importlib.import_module(f"{room.__name__}.{name}") for name in found]
