"""Draws a pydantic model as a form: with stored values, or with what was sent."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form

from app.services.field_words import group_model, may_be_none, plain, row_model, title_of
from app.web.model_form import Group, ModelForm, Node, Rows
from app.web.model_leaves import Item, as_text, input_for, item_of

_MOST_ROWS = 12  # where the model names no number
_GIVEN = "is_given"  # the tick box of a part that may be left out


@dataclass
class _Drawing:
    """Collects the inputs of a form. What it returns is bound once the form exists."""

    sent: MultiDict[str, str] | None
    prefix: str
    members: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def nodes(
        self, model: type[BaseModel], given: Mapping[str, Any], path: str = "", leave_out: Sequence[str] = (), has_secrets: bool = False
    ) -> list[Callable[[Form], Node]]:
        return [
            self._node(name, info, value_of(given, name, info), f"{path}{name}", has_secrets)
            for name, info in model.model_fields.items()
            if name not in leave_out
        ]

    def _node(self, name: str, info: FieldInfo, value: Any, path: str, has_secrets: bool) -> Callable[[Form], Node]:
        of_rows, of_group = row_model(info.annotation), group_model(info.annotation)
        if of_rows is not None:
            return self._rows(name, info, of_rows, value or [], path)
        if of_group is not None:
            return self._group(name, info, of_group, value, path)
        self.members[path], self.data[path] = input_for(name, info, has_secrets), as_text(value)
        return lambda form: item_of(name, info, form[path], has_secrets)

    def _rows(self, name: str, info: FieldInfo, model: type[BaseModel], given: Sequence[Any], path: str) -> Callable[[Form], Node]:
        if self.sent is not None:
            numbers = numbers_sent(self.sent, f"{self.prefix}{path}", most_rows(info))
        else:
            numbers = list(range(max(len(given), _least(info))))
        lines = [self._line(model, given[n] if self.sent is None and n < len(given) else {}, f"{path}-{n}-") for n in numbers]
        title, told, key = title_of(name, info), info.description or "", info.alias or name
        return lambda form: Rows(name, title, numbers, [[node(form) for node in line] for line in lines], "", told, path, key)

    def _line(self, model: type[BaseModel], given: Any, path: str) -> list[Callable[[Form], Node]]:
        nodes = self.nodes(model, as_mapping(given), path)
        if self.sent is not None:
            # What is not sent of a line is empty; the parts in it are as usual until somebody opens them.
            self.data |= {name: "" for name in self.data if name.startswith(path) and "-" not in name.removeprefix(path)}
        return nodes

    def _group(self, name: str, info: FieldInfo, model: type[BaseModel], given: Any, path: str) -> Callable[[Form], Node]:
        nodes = self.nodes(model, as_mapping(given), f"{path}-")
        title, told, key = title_of(name, info), info.description or "", info.alias or name
        switch = f"{path}-{_GIVEN}" if may_be_none(info.annotation) else ""
        if switch:
            self.members[switch], self.data[switch] = BooleanField(title), given is not None

        def bound(form: Form) -> Group:
            box = Item(_GIVEN, "check", form[switch], told) if switch else None
            return Group(name, title, [node(form) for node in nodes], box, "", told, key)

        return bound


def draw(
    model: type[BaseModel],
    *,
    values: Mapping[str, Any] | None = None,
    sent: MultiDict[str, str] | None = None,
    prefix: str = "",
    leave_out: Sequence[str] = (),
    has_secrets: bool = False,
) -> ModelForm:
    """The form with `values`, or with what was `sent`. `has_secrets`: they are stored, an empty field keeps them."""
    drawing = _Drawing(sent, prefix)
    nodes = drawing.nodes(model, values or {}, "", leave_out, has_secrets)
    form = type("DrawnForm", (Form,), drawing.members)(formdata=sent, data=drawing.data, prefix=prefix)
    for each in form:
        each.errors = []
    secret = frozenset(name for name, info in model.model_fields.items() if plain(info.annotation) is SecretStr)
    return ModelForm(model, [node(form) for node in nodes], secrets=secret)


def value_of(given: Mapping[str, Any], name: str, info: FieldInfo) -> Any:
    """What is given under a field's name or alias, else its usual value."""
    for key in (info.alias, name):
        if key is not None and key in given:
            return given[key]
    return None if info.is_required() else info.get_default(call_default_factory=True)


def as_mapping(given: Any) -> Mapping[str, Any]:
    """A stored part or a model as its values."""
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json")
    return given if isinstance(given, Mapping) else {}


def numbers_sent(sent: MultiDict[str, str], path: str, most: int = _MOST_ROWS) -> list[int]:
    """The numbers of the rows at `path` (with the form's prefix) that were sent."""
    pattern = re.compile(rf"{re.escape(path)}-(\d{{1,3}})-")
    found = {int(match.group(1)) for key in sent if (match := pattern.match(key))}
    return sorted(found)[:most]


def most_rows(info: FieldInfo) -> int:
    """How many rows a list may have."""
    return next((each.max_length for each in info.metadata if isinstance(each, MaxLen)), _MOST_ROWS)


def _least(info: FieldInfo) -> int:
    return next((each.min_length for each in info.metadata if isinstance(each, MinLen)), 0)
