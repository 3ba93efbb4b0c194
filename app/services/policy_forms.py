"""The settings of each policy as a validated model: one definition for forms, site files and stored rows."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import time
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, create_model

from app.domain.codec import from_json, to_json
from app.domain.settings import PolicySettingsType, policy_settings

ClockTime = Annotated[time, PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str)]


@cache
def policy_model(name: str) -> type[BaseModel]:
    """The pydantic model of a policy's settings. Raises KeyError for an unknown policy."""
    return _model_of(policy_settings()[name].type)


@cache
def _model_of(kind: type) -> type[BaseModel]:
    hints = get_type_hints(kind)
    members: dict[str, Any] = {}
    for each in fields(kind):
        meta = each.metadata
        default = each.default if each.default is not MISSING else ...
        members[each.name] = (
            _annotation(hints[each.name], meta.get("choices")),
            Field(
                default=to_json(default) if is_dataclass(default) else _plain_default(default),
                title=meta.get("title"),
                description=meta.get("help"),
                ge=meta.get("least"),
                le=meta.get("most"),
                json_schema_extra={"unit": meta["unit"]} if "unit" in meta else None,
            ),
        )
    config = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
    return create_model(kind.__name__, __config__=config, **members)


def _plain_default(default: Any) -> Any:
    if isinstance(default, tuple):
        return [to_json(each) for each in default]
    return default


def _annotation(hint: Any, choices: tuple[str, ...] | None) -> Any:
    if choices:
        return Literal[choices]
    if hint is time:
        return ClockTime
    if get_origin(hint) is tuple and is_dataclass(get_args(hint)[0]):
        return list[_model_of(get_args(hint)[0])]  # type: ignore[misc]
    if is_dataclass(hint) and isinstance(hint, type):
        return _model_of(hint)
    return hint


def settings_from(name: str, values: dict[str, Any]) -> Any:
    """Validated values as the policy's dataclass. Raises pydantic.ValidationError."""
    kind: PolicySettingsType = policy_settings()[name]
    return from_json(kind.type, stored_from(name, values))


def stored_from(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Validated values as plain JSON for the table. Raises pydantic.ValidationError."""
    return policy_model(name).model_validate(values).model_dump(mode="json")
