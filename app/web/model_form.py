"""A form drawn from a pydantic model: titles, help, units and bounds stand there once, for site files and pages alike.

What was typed stays as text until pydantic reads it, so a mistake is shown beside what caused it; secrets alone are not given back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from types import UnionType
from typing import Any, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, Form, PasswordField, SelectChoice, SelectField, StringField

from app.services.connecting_view import option_in_words, options_of

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TITLES = {"start": "From", "end": "Until", "days": "Days"}
_MOST_ROWS = 12
_LONGEST = 500  # characters of one field: more is no setting


class ClockField(StringField):  # type: ignore[misc]  # WTForms has no types
    """A time of the 24-hour clock; "730" and "7:30" mean 07:30."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        digits = str(self.data or "").strip().replace(":", "").replace(".", "")
        if digits.isascii() and digits.isdecimal() and len(digits) in (3, 4):
            self.data = f"{digits[:-2]:0>2}:{digits[-2:]}"


@dataclass
class Item:
    """One field as the template draws it. `kind`: "text", "secret", "select", "check" or "fixed" (it leaves no choice)."""

    name: str
    kind: str
    input: Field
    help: str = ""
    unit: str = ""
    is_needed: bool = False  # may not be left empty
    is_short: bool = False
    starts_line: bool = False  # it and the next one belong side by side


@dataclass
class Rows:
    """A list of small groups (windows): one line of items each."""

    name: str
    title: str
    numbers: list[int]
    lines: list[list[Item]]
    problem: str = ""

    kind = "rows"


@dataclass
class ModelForm:
    """Draws `model`, reads what was sent, and puts pydantic's complaints where they belong."""

    model: type[BaseModel]
    items: list[Item | Rows]
    problem: str = ""  # about the whole, not one field
    secrets: frozenset[str] = field(default_factory=frozenset)

    def item(self, name: str) -> Item:
        """The plain field of that name. Raises KeyError."""
        for each in self.items:
            if isinstance(each, Item) and each.name == name:
                return each
        raise KeyError(name)

    def values(self, kept: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What was entered; an empty field is left out, an empty secret is the one in `kept`."""
        found: dict[str, Any] = {}
        for each in self.items:
            if isinstance(each, Rows):
                found[each.name] = [{item.name: _entered(item) for item in line} for line in each.lines]
                continue
            value = _entered(each)
            if value == "" and each.kind == "secret" and kept and each.name in kept:
                value = kept[each.name]
            if value != "":
                found[each.name] = value
        return found

    def validated(self, kept: Mapping[str, str] | None = None) -> BaseModel | None:
        """The model's values, or None with the mistakes at their fields."""
        if not self._clocks_are_good():
            return None
        values = self.values(kept)
        missing = [each for each in self.items if isinstance(each, Item) and each.is_needed and each.name not in values]
        for each in missing:
            each.input.errors = ["Enter a number." if each.is_short else "This is needed."]
        if missing:
            return None
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_input=False):
                self._put(mistake["loc"], in_plain_words(mistake))
            return None

    @property
    def has_errors(self) -> bool:
        """Whether something was not understood."""
        return bool(self.problem) or any(
            each.problem or any(item.input.errors for line in each.lines for item in line) if isinstance(each, Rows) else each.input.errors
            for each in self.items
        )

    def _clocks_are_good(self) -> bool:
        is_good = True
        for item in self._flat():
            if isinstance(item.input, ClockField) and not _CLOCK.fullmatch(_entered(item)):
                item.input.errors = ["Enter a time such as 17:00."]
                is_good = False
        return is_good

    def _flat(self) -> list[Item]:
        return [item for each in self.items for item in ([i for line in each.lines for i in line] if isinstance(each, Rows) else [each])]

    def _put(self, location: Sequence[int | str], words: str) -> None:
        name = location[0] if location else None
        for each in self.items:
            if each.name != name:
                continue
            if isinstance(each, Item):
                each.input.errors = [words]
                return
            if len(location) > 2 and isinstance(location[1], int):
                for item in each.lines[location[1]]:
                    if item.name == location[2]:
                        item.input.errors = [words]
                        return
            each.problem = words
            return
        self.problem = words


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
    members: dict[str, Any] = {}
    plans: list[tuple[str, Any]] = []
    data: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if name in leave_out:
            continue
        given = (values or {}).get(name, None if info.is_required() else info.get_default(call_default_factory=True))
        inner = _inner_model(info.annotation)
        if inner is None:
            members[name], data[name] = _input_for(name, info, has_secrets), _as_text(given)
            plans.append((name, info))
            continue
        numbers = _numbers(sent, f"{prefix}{name}") if sent is not None else list(range(len(given or ())))
        for number in numbers:
            for inner_name, inner_info in inner.model_fields.items():
                full = f"{name}-{number}-{inner_name}"
                members[full] = _input_for(inner_name, inner_info, has_secrets=False)
                rows = [each if isinstance(each, Mapping) else each.model_dump(mode="json") for each in given or ()]
                data[full] = _as_text(rows[number].get(inner_name)) if sent is None else ""
        plans.append((name, (info, inner, numbers)))
    form = type("DrawnForm", (Form,), members)(formdata=sent, data=data, prefix=prefix)
    for each in form:
        each.errors = []
    drawn: list[Item | Rows] = []
    for name, plan in plans:
        if isinstance(plan, FieldInfo):
            drawn.append(_item(name, plan, form[name], has_secrets))
            continue
        info, inner, numbers = plan
        lines = [[_item(key, each, form[f"{name}-{n}-{key}"], False) for key, each in inner.model_fields.items()] for n in numbers]
        drawn.append(Rows(name, info.title or name, numbers, lines))
    secret = frozenset(name for name, info in model.model_fields.items() if info.annotation is SecretStr)
    return ModelForm(model, drawn, secrets=secret)


def with_row(sent: MultiDict[str, str], prefix: str, name: str, model: type[BaseModel]) -> MultiDict[str, str]:
    """What was sent with one more row of `name`: like the last one, or of the default where there is none."""
    numbers = _numbers(sent, f"{prefix}{name}")
    inner = _inner_model(model.model_fields[name].annotation)
    if inner is None or len(numbers) >= _MOST_ROWS:
        return sent
    more = sent.copy()
    default = model.model_fields[name].get_default(call_default_factory=True) or [{}]
    for key in inner.model_fields:
        example = default[0].get(key, "") if isinstance(default[0], Mapping) else ""
        last = sent.get(f"{prefix}{name}-{numbers[-1]}-{key}") if numbers else None
        more[f"{prefix}{name}-{(numbers[-1] + 1) if numbers else 0}-{key}"] = last if last is not None else _as_text(example)
    return more


def without_row(sent: MultiDict[str, str], prefix: str, name: str, number: int) -> MultiDict[str, str]:
    """What was sent without that row."""
    row = f"{prefix}{name}-{number}-"
    return MultiDict([(key, value) for key, value in sent.items(multi=True) if not key.startswith(row)])


def in_plain_words(mistake: ErrorDetails) -> str:
    """One of pydantic's complaints for people. The value is not repeated: it may be secret."""
    told = mistake.get("ctx") or {}
    match mistake["type"]:
        case "missing" | "string_too_short":
            return "This is needed."
        case "greater_than_equal":
            return f"At least {_figure(told['ge'])}."
        case "less_than_equal":
            return f"At most {_figure(told['le'])}."
        case "float_parsing" | "float_type" | "finite_number":
            return "Enter a number, such as 2.5."
        case "int_parsing" | "int_type" | "int_from_float":
            return "Enter a whole number."
        case "literal_error" | "enum":
            return "Choose one of these."
        case "string_too_long":
            return f"At most {told['max_length']} characters."
        case "string_pattern_mismatch":
            return "This has signs that do not belong here."
        case "value_error":
            words = str(mistake["msg"]).removeprefix("Value error, ").rstrip(".")
            return f"{words[:1].upper()}{words[1:]}."
    return "This is not understood."


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    inner = get_args(annotation)[0] if get_origin(annotation) is list else None
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def _numbers(sent: MultiDict[str, str] | None, name: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,3}})-")
    found = {int(match.group(1)) for key in (sent or ()) if (match := pattern.match(key))}
    return sorted(found)[:_MOST_ROWS]


def _plain(annotation: Any) -> Any:
    """Without "or None"."""
    if get_origin(annotation) in (Union, UnionType):
        rest = [each for each in get_args(annotation) if each is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _input_for(name: str, info: FieldInfo, has_secrets: bool) -> Any:
    label, kind = info.title or _TITLES.get(name, name.capitalize()), _plain(info.annotation)
    if kind is bool:
        return BooleanField(label)
    if kind is SecretStr:
        more = {"placeholder": "Stored, not shown"} if has_secrets else {}
        return PasswordField(label, render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": _LONGEST, **more})
    options = options_of(kind)
    if options:
        return SelectField(label, choices=[SelectChoice(each, option_in_words(each)) for each in options], validate_choice=False)
    if kind is time:
        # Not type="time": browsers draw that in the clock of their own language, the pages have 24 hours everywhere.
        return ClockField(label, render_kw={"autocomplete": "off", "maxlength": "5", "size": "5", "placeholder": "17:00"})
    attributes: dict[str, Any] = {"autocomplete": "off", "maxlength": _LONGEST}
    if kind in (int, float):
        attributes["inputmode"] = "decimal" if kind is float else "numeric"
    return StringField(label, render_kw=attributes)


def _item(name: str, info: FieldInfo, drawn: Field, has_secrets: bool) -> Item:
    kind, unit = _plain(info.annotation), _unit(info)
    options = options_of(kind)
    sort = "check" if kind is bool else "secret" if kind is SecretStr else "select" if options else "text"
    return Item(
        name=name,
        kind="fixed" if len(options) == 1 else sort,
        input=drawn,
        help=_help(info, kind, unit, has_secrets),
        unit=unit,
        is_needed=sort in ("text", "secret") and (info.is_required() or info.default not in (None, "")),
        is_short=kind in (int, float, time),
        starts_line=kind is time and name == "start",
    )


def _help(info: FieldInfo, kind: Any, unit: str, has_secrets: bool) -> str:
    parts = [info.description or ""]
    if kind is SecretStr:
        parts.append("Leave it empty to keep the stored one." if has_secrets else "Stored encrypted. It is never shown again.")
    if kind in (int, float):
        least = next((each.ge for each in info.metadata if isinstance(each, Ge)), None)
        most = next((each.le for each in info.metadata if isinstance(each, Le)), None)
        bounds = f"{_figure(least)} to {_figure(most)}" if least is not None and most is not None else ""
        usual = "" if info.is_required() or info.default is None else f"usually {_figure(info.default)}"
        told = ", ".join(part for part in (bounds, usual) if part)
        parts.append(f"{told[:1].upper()}{told[1:]}." if told else "")
    elif kind is time and not info.is_required():
        parts.append(f"Usually {_as_text(info.default)}.")
    return " ".join(part for part in parts if part)


def _unit(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, Mapping) else ""


def _entered(item: Item) -> Any:
    if item.kind == "check":
        return bool(item.input.data)
    return str(item.input.data or "").strip()


def _as_text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, int | float):
        return _figure(value)
    return str(getattr(value, "value", value))


def _figure(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
