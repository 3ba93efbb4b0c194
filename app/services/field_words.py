"""What a field of a pydantic model says for people: its options, its unit, the model behind it. Forms and cards read it from here."""

from collections.abc import Mapping
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_OPTIONS = {"all": "Every day", "weekdays": "Weekdays", "weekends": "Weekends"}
_TITLES = {"start": "From", "end": "Until", "days": "Days"}


def plain(annotation: Any) -> Any:
    """A type without "or None" and without what is annotated to it."""
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        rest = [each for each in get_args(annotation) if each is not type(None)]
        return plain(rest[0]) if len(rest) == 1 else annotation
    return annotation


def may_be_none(annotation: Any) -> bool:
    """Whether a type is one "or None"."""
    return get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation)


def row_model(annotation: Any) -> type[BaseModel] | None:
    """The model of a list's elements; None where they are none."""
    kind = plain(annotation)
    return _model(get_args(kind)[0]) if get_origin(kind) is list else None


def group_model(annotation: Any) -> type[BaseModel] | None:
    """The model that a field is; None for other types."""
    return _model(plain(annotation))


def _model(kind: Any) -> type[BaseModel] | None:
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def options_of(annotation: Any) -> tuple[str, ...]:
    """The values that a Literal or an enumeration of text allows; none for other types."""
    kind = plain(annotation)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(each.value) for each in kind)
    values = getattr(kind, "__args__", ())
    return tuple(values) if values and all(isinstance(value, str) for value in values) else ()


def option_in_words(value: Any, info: FieldInfo | None = None) -> str:
    """ "predicted" → "Predicted": never a code on a page. The field's own labels come first."""
    text = str(value)
    labels = _extra(info).get("labels") if info is not None else None
    if isinstance(labels, Mapping) and text in labels:
        return str(labels[text])
    is_name = text.isupper() or ("_" not in text and any(letter.isdigit() for letter in text))
    return _OPTIONS.get(text, text if is_name else text.replace("_", " ").capitalize())


def title_of(name: str, info: FieldInfo) -> str:
    """What a field is called for people."""
    return info.title or _TITLES.get(name, name.replace("_", " ").capitalize())


def unit_of(info: FieldInfo) -> str:
    """ "c/kWh"; empty where there is none."""
    return str(_extra(info).get("unit", ""))


def lines_of(info: FieldInfo) -> int:
    """How many lines a text of several is shown in; 0 for a text of one."""
    told = _extra(info).get("lines")
    return told if isinstance(told, int) else 0


def _extra(info: FieldInfo) -> Mapping[str, Any]:
    extra = info.json_schema_extra
    return extra if isinstance(extra, Mapping) else {}
