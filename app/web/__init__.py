"""The web pages: one blueprint per area. A page records wishes and reads results; it commands no device.

A package here that has a `bp` is an area; adding one edits no other file."""

import importlib
import pkgutil

from flask import Blueprint

from app.web.page import bp as frame


def blueprints() -> tuple[Blueprint, ...]:
    """The frame and every area, in order of name."""
    areas = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return (frame, *(area.bp for area in areas if hasattr(area, "bp")))
