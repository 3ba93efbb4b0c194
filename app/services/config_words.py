"""The stored fields of a connection in words, under the titles of its brand's model: what a card says of how it is set up."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.services.field_words import group_model, lines_of, option_in_words, options_of, plain, title_of, unit_of


def config_in_words(model: type[BaseModel], config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(title, words) of each field; secrets, what is empty and fields that leave no choice are left out."""
    told = []
    for name, info in model.model_fields.items():
        value = config.get(info.alias or name, config.get(name))
        if plain(info.annotation) is SecretStr or value in (None, "", []) or len(options_of(info.annotation)) == 1:
            continue
        told.append((title_of(name, info), _in_words(info, value)))
    return tuple(told)


def _in_words(info: FieldInfo, value: Any) -> str:
    part = group_model(info.annotation)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return _listed(value)
    if part is not None and isinstance(value, Mapping):
        return _part_in_words(part, value)
    if options_of(info.annotation):
        return option_in_words(value, info)
    if lines_of(info):
        return f"{len(str(value).strip().splitlines())} lines"
    text = f"{value:.10g}" if isinstance(value, int | float) else str(value)
    return f"{text}\u202f{unit_of(info)}" if unit_of(info) else text


def _listed(values: list[Any]) -> str:
    """Rows by their names, each once, or how many there are."""
    names = dict.fromkeys(str(each["name"]) for each in values if isinstance(each, Mapping) and each.get("name"))
    return ", ".join(names) or str(len(values))


def _part_in_words(model: type[BaseModel], config: Mapping[str, Any]) -> str:
    """What in a part is not as usual; where nothing is, whether it is switched on."""
    usual = {name: _stored(info) for name, info in model.model_fields.items() if not info.is_required()}
    differing = {name: value for name, value in config.items() if name not in usual or usual[name] != value}
    words = [f"{title}: {said}" for title, said in config_in_words(model, differing)]
    return ", ".join(words) or ("On" if config.get("enabled") is True else "As usual")


def _stored(info: FieldInfo) -> Any:
    """The usual value as it is stored."""
    value = info.get_default(call_default_factory=True)
    return value.strftime("%H:%M") if isinstance(value, time) else value
