"""The rows of a form: adding one and taking one away, which needs no script, and a stored one in words."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from werkzeug.datastructures import MultiDict

from app.services.field_words import group_model, option_in_words, row_model, unit_of
from app.web.model_drawing import as_mapping, most_rows, numbers_sent, value_of
from app.web.model_leaves import as_text


def with_row(sent: MultiDict[str, str], prefix: str, path: str, model: type[BaseModel]) -> MultiDict[str, str]:
    """What was sent with one more row at `path` ("windows", "seasons-0-periods"): like the last one; of the default where there is none."""
    info = _info_at(model, path)
    inner = row_model(info.annotation) if info is not None else None
    if info is None or inner is None:
        return sent
    numbers = numbers_sent(sent, f"{prefix}{path}", most_rows(info))
    if len(numbers) >= most_rows(info):
        return sent
    more = sent.copy()
    if numbers:
        last, new = (f"{prefix}{path}-{number}-" for number in (numbers[-1], numbers[-1] + 1))
        for key in [key for key in sent if key.startswith(last)]:
            more.setlist(f"{new}{key.removeprefix(last)}", sent.getlist(key))
        return more
    default = (None if info.is_required() else info.get_default(call_default_factory=True)) or [{}]
    example = as_mapping(default[0])
    for name, each in inner.model_fields.items():
        if row_model(each.annotation) is None and group_model(each.annotation) is None:
            more[f"{prefix}{path}-0-{name}"] = as_text(value_of(example, name, each))
    return more


def without_row(sent: MultiDict[str, str], prefix: str, path: str, number: int) -> MultiDict[str, str]:
    """What was sent without that row."""
    row = f"{prefix}{path}-{number}-"
    return MultiDict([(key, value) for key, value in sent.items(multi=True) if not key.startswith(row)])


def _info_at(model: type[BaseModel], path: str) -> FieldInfo | None:
    """The field that a path of names and row numbers leads to."""
    info: FieldInfo | None = None
    inner: type[BaseModel] | None = model
    for part in path.split("-"):
        if part.isdecimal():
            continue
        info = inner.model_fields.get(part) if inner is not None else None
        if info is None:
            return None
        inner = row_model(info.annotation) or group_model(info.annotation)
    return info


def row_in_words(row: Mapping[str, Any], name: str, model: type[BaseModel]) -> str:
    """One stored row of field `name` of `model`: "14:00–20:00 weekdays", and what differs from the usual: "39.5 c/kW, Nov–Mar"."""
    inner = row_model(model.model_fields[name].annotation)
    differing = [
        f"{_in_words(row[key])} {unit_of(info)}".rstrip()
        for key, info in (inner.model_fields.items() if inner else ())
        if key not in ("start", "end", "days") and row[key] != info.get_default()
    ]
    return ", ".join([f"{row['start']}–{row['end']} {_in_words(row['days'])}", *differing])


def _in_words(value: Any) -> str:
    return option_in_words(value).lower() if isinstance(value, str) else str(as_text(value))
