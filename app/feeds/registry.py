"""The retailers: every package below `retailers` that declares a `BRAND` is one. Adding one edits no other file."""

import importlib
import pkgutil
from functools import cache

from app.domain.brands import Brand
from app.feeds import retailers


@cache
def retailer_brands() -> dict[str, Brand]:
    """Brand key → its declaration, in order of title."""
    brands = [
        importlib.import_module(f"{retailers.__name__}.{module.name}").BRAND
        for module in pkgutil.iter_modules(retailers.__path__)
        if module.ispkg
    ]
    return {brand.key: brand for brand in sorted(brands, key=lambda brand: brand.title)}
