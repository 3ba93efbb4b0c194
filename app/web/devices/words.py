"""What the pages of set-up, Devices and Settings say in their own way."""

from flask import Blueprint
from pydantic import BaseModel, SecretStr

from app.domain.brands import Brand
from app.services import connecting
from app.services.connecting import Draft, choice_field
from app.services.field_words import plain
from app.surroundings import surroundings_of_app
from app.web.devices.editors import sign_in_page
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


def asks_key(brand: Brand) -> bool:
    """Whether it cannot be linked without a secret of the owner's account."""
    model: type[BaseModel] = brand.fields
    return any(info.is_required() and plain(info.annotation) is SecretStr for info in model.model_fields.values())


def tested_words(draft: Draft) -> str:
    """What a test has shown: "Amber accepts the key."; without a key, whose prices they are."""
    brand = draft.declaration
    model: type[BaseModel] = brand.fields
    if any(plain(info.annotation) is SecretStr and draft.values.get(name) for name, info in model.model_fields.items()):
        return f"{brand.vendor} accepts the key."
    if draft.role == "solar_forecast":
        return f"{brand.vendor} tells the sun on your roof; no account needed."
    if draft.role != "retailer":
        return f"{brand.vendor} answers."
    if "plan" in brand.capabilities:
        return "Every half-hour has exactly one price; no account needed."
    market = connecting.market_behind(surroundings_of_app(), brand, draft.fields(None))
    return f"Prices of {market[0]} from {market[1]}; no account needed." if market else f"Prices from {brand.vendor}; no account needed."


def add_to(bp: Blueprint) -> None:
    """Make them known to every template: the three areas share theirs."""
    bp.add_app_template_global(asks_key)
    bp.add_app_template_global(sign_in_page)
    bp.add_app_template_filter(capitalize_first)
    bp.add_app_template_filter(took)
    bp.add_app_template_global(choice_label)
