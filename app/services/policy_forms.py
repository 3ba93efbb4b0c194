"""The settings of each policy as a validated model: one definition for forms, site files and stored rows."""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import time
from functools import cache
from typing import Annotated, Any, Literal, Protocol, get_args, get_origin, get_type_hints, runtime_checkable

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.domain.codec import from_json, to_json
from app.domain.months import Months, months_from
from app.domain.settings import PolicySettingsType, policy_settings
from app.domain.slips import Doubt

ClockTime = Annotated[time, PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str)]
MonthList = Annotated[
    list[int],
    BeforeValidator(lambda given: sorted(months_from(given))),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": ["integer", "string"]}, "examples": ["all", "11-3", [6, 7, 8]]}),
]


@runtime_checkable
class Doubtful(Protocol):
    """Settings that know which of their figures were hardly meant so."""

    def doubts(self) -> Iterable[Doubt]: ...


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
    validators: dict[str, Any] = {"refuse_doubts": model_validator(mode="after")(_refuse_doubts_of(kind))}
    return create_model(kind.__name__, __config__=config, __validators__=validators if issubclass(kind, Doubtful) else None, **members)


def _refuse_doubts_of(kind: type) -> Callable[[Any], Any]:
    """Each doubt becomes a mistake at the place of its figure."""

    def refuse_doubts(model: BaseModel) -> BaseModel:
        settings: Any = from_json(kind, model.model_dump(mode="json"))
        mistakes = [InitErrorDetails(type=_asked(question), loc=place, input=None) for place, question in settings.doubts()]
        if mistakes:
            raise ValidationError.from_exception_data(kind.__name__, mistakes)
        return model

    return refuse_doubts


def _asked(question: str) -> PydanticCustomError:
    return PydanticCustomError("value_error", "{question}", {"question": question})


def _plain_default(default: Any) -> Any:
    if isinstance(default, tuple):
        return [to_json(each) for each in default]
    if isinstance(default, frozenset):
        return to_json(default)
    return default


def _annotation(hint: Any, choices: tuple[str, ...] | None) -> Any:
    if choices:
        return Literal[choices]
    if hint is time:
        return ClockTime
    if hint == Months:
        return MonthList
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
