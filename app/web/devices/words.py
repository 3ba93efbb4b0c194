"""What the pages of set-up, Devices and Settings say in their own way."""

from flask import Blueprint
from pydantic import BaseModel

from app.domain.brands import Brand
from app.services.connecting import choice_field
from app.web.filters import THIN


def capitalize_first(text: str) -> str:
    """ "backup reserve" → "Backup reserve"; what stands behind stays: "rate plan of PowerSync"."""
    return f"{text[:1].upper()}{text[1:]}"


def took(seconds: float) -> str:
    """How long a call took: "38 ms", "1.2 s"; nothing below a millisecond."""
    if seconds < 0.001:
        return ""  # nobody was asked: the answer was there already
    return f"{seconds * 1000:.0f}{THIN}ms" if seconds < 0.1 else f"{seconds:.1f}{THIN}s"


def choice_label(brand: Brand) -> str:
    """The title of the field that is chosen from what the vendor offers."""
    name = choice_field(brand)
    model: type[BaseModel] = brand.fields
    return (model.model_fields[name].title or name) if name else ""


def add_to(bp: Blueprint) -> None:
    """Make them known to every template: the three areas share theirs."""
    bp.add_app_template_filter(capitalize_first)
    bp.add_app_template_filter(took)
    bp.add_app_template_global(choice_label)
