"""One plain field of a pydantic model as an input: its label, help, unit and bounds stand in the model, for site files and pages alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from wtforms import BooleanField, Field, PasswordField, SelectChoice, SelectField, StringField, TextAreaField

from app.domain.months import months_label
from app.services.field_words import lines_of, may_be_none, option_in_words, options_of, plain, title_of, unit_of
from app.web.filters import MINUS, number

_LONGEST = 500  # characters of one field: more is no setting
_LONGEST_TEXT = 20_000  # of one with several lines
_NOT_CHOSEN = "Not chosen"


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
    """One field as the template draws it. `kind`: "text", "lines" (a text of several), "secret", "select", "check" or
    "fixed" (it leaves no choice)."""

    name: str
    kind: str
    input: Field
    help: str = ""
    unit: str = ""
    is_needed: bool = False  # may not be left empty
    is_required: bool = False  # has no usual value
    is_short: bool = False
    starts_line: bool = False  # it and the next one belong side by side
    key: str = ""  # in the model's values

    def entered(self) -> Any:
        """What stands in it: text, or whether it is ticked."""
        if self.kind == "check":
            return bool(self.input.data)
        if self.kind == "lines":  # blanks before the first line may count
            return str(self.input.data or "").replace("\r\n", "\n").rstrip().lstrip("\n")
        return str(self.input.data or "").strip()


def input_for(name: str, info: FieldInfo, has_secrets: bool) -> Any:
    """The WTForms field, not bound yet."""
    label, kind = title_of(name, info), plain(info.annotation)
    if kind is bool:
        return BooleanField(label)
    if kind is SecretStr:
        more = {"placeholder": "Stored, not shown"} if has_secrets else {}
        return PasswordField(label, render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": _LONGEST, **more})
    options = options_of(kind)
    if options:
        choices = [SelectChoice(each, option_in_words(each, info)) for each in options]
        if may_be_none(info.annotation):
            choices = [SelectChoice("", _NOT_CHOSEN), *choices]
        return SelectField(label, choices=choices, validate_choice=False)
    if kind is time:
        # Not type="time": browsers draw that in the clock of their own language, the pages have 24 hours everywhere.
        return ClockField(label, render_kw={"autocomplete": "off", "maxlength": "5", "size": "5", "placeholder": "17:00"})
    if kind is date:
        return StringField(label, render_kw={"type": "date"})
    if lines_of(info):
        more = {"rows": str(lines_of(info)), "spellcheck": "false", "autocapitalize": "off", "wrap": "off"}
        return TextAreaField(label, render_kw={"autocomplete": "off", "maxlength": _LONGEST_TEXT, **more})
    attributes: dict[str, Any] = {"autocomplete": "off", "maxlength": _LONGEST}
    if kind in (int, float):
        attributes["inputmode"] = "decimal" if kind is float else "numeric"
    return StringField(label, render_kw=attributes)


def item_of(name: str, info: FieldInfo, drawn: Field, has_secrets: bool) -> Item:
    """The field with what is told beside it."""
    kind, unit = plain(info.annotation), unit_of(info)
    options = options_of(kind)
    sort = "check" if kind is bool else "secret" if kind is SecretStr else "select" if options else "lines" if lines_of(info) else "text"
    return Item(
        name=name,
        kind="fixed" if len(options) == 1 and not may_be_none(info.annotation) else sort,
        input=drawn,
        help=_help(info, kind, has_secrets),
        unit=unit,
        is_needed=sort in ("text", "lines", "secret") and (info.is_required() or info.default not in (None, "")),
        is_required=info.is_required(),
        is_short=kind in (int, float, time, date),
        starts_line=kind is time and name.endswith("start"),
        key=info.alias or name,
    )


def as_text(value: Any) -> Any:
    """A stored or usual value as an input has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, SecretStr):
        return ""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return figure(value)
    if isinstance(value, list):  # of numbers: the months of a window
        return months_label(value)
    return str(getattr(value, "value", value))


def figure(value: Any) -> str:
    """A number without zeros that say nothing, as it is typed."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def told_figure(value: Any) -> str:
    """A number as a sentence has it: "−100", "100,000"."""
    return number(value) if abs(value) >= 10_000 else figure(value).replace("-", MINUS)


def _help(info: FieldInfo, kind: Any, has_secrets: bool) -> str:
    parts = [info.description or ""]
    has_usual = not info.is_required() and info.default is not None
    if kind is SecretStr:
        parts.append("Leave it empty to keep the stored one." if has_secrets else "Stored encrypted. It is never shown again.")
    if kind in (int, float):
        bounds = list(_bounds(info.metadata)) or list(_bounds(_annotated(info.annotation)))
        least = next((each.ge for each in bounds if isinstance(each, Ge)), None)
        most = next((each.le for each in bounds if isinstance(each, Le)), None)
        span = f"{told_figure(least)} to {told_figure(most)}" if least is not None and most is not None else ""
        told = ", ".join(part for part in (span, f"usually {told_figure(info.default)}" if has_usual else "") if part)
        parts.append(f"{told[:1].upper()}{told[1:]}." if told else "")
    elif kind is time and has_usual:
        parts.append(f"Usually {as_text(info.default)}.")
    return " ".join(part for part in parts if part)


def _bounds(metadata: Any) -> Iterator[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from _bounds(each.metadata)
        elif isinstance(each, Ge | Le):
            yield each


def _annotated(annotation: Any) -> Iterator[Any]:
    """What is annotated to a type, inside "or None" too."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from metadata
        yield from _annotated(inner)
    elif get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _annotated(each)
