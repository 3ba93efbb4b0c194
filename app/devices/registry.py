"""The devices: every package here that declares `BRANDS` is found. Adding one edits no other file."""

import importlib
import pkgutil
from functools import cache

from app import devices
from app.domain.brands import Brand


@cache
def device_brands(role: str) -> dict[str, Brand]:
    """Brand key → declaration for a role ("battery", "inverter", "charger"), in order of title."""
    brands = [
        brand
        for module in pkgutil.iter_modules(devices.__path__)
        if module.ispkg
        for brand in importlib.import_module(f"{devices.__name__}.{module.name}").BRANDS
        if brand.role == role
    ]
    return {brand.key: brand for brand in sorted(brands, key=lambda brand: brand.title)}
