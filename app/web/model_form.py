"""A form drawn from a pydantic model: titles, help, units and bounds stand there once, for site files and pages alike.

A field that is a model itself becomes a group, a list of models becomes rows, and both may stand inside each other. What was typed stays as
text until pydantic reads it, so a mistake is shown beside what caused it; secrets alone are not given back."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from app.services.field_words import group_model, row_model, title_of
from app.web.model_leaves import ClockField, Item
from app.web.model_words import in_plain_words

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_CODE = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")


@dataclass
class Rows:
    """A list of small groups (windows): one line of nodes each. `path` is its place in the form, by which buttons name it."""

    name: str
    title: str
    numbers: list[int]
    lines: list[list["Node"]]
    problem: str = ""
    help: str = ""
    path: str = ""
    key: str = ""

    kind = "rows"

    @property
    def adds(self) -> str:
        """ "Add a window"."""
        return f"Add a {self.title.lower().removesuffix('s')}"

    @property
    def is_plain(self) -> bool:
        """Each line is one of single fields."""
        return all(isinstance(node, Item) for line in self.lines for node in line)


@dataclass
class Group:
    """A field that is a model itself. With a `switch` it may be left out."""

    name: str
    title: str
    items: list["Node"]
    switch: Item | None = None
    problem: str = ""
    help: str = ""
    key: str = ""

    kind = "group"

    @property
    def is_given(self) -> bool:
        return self.switch is None or bool(self.switch.input.data)

    @property
    def is_open(self) -> bool:
        """Something in it is wrong, or must be entered."""
        return bool(self.problem) or any(item.input.errors or (item.is_required and not item.entered()) for item in leaves(self.items))


Node = Item | Rows | Group


@dataclass
class ModelForm:
    """Draws `model`, reads what was sent, and puts pydantic's complaints where they belong."""

    model: type[BaseModel]
    items: list[Node]
    problem: str = ""  # about the whole, not one field
    secrets: frozenset[str] = field(default_factory=frozenset)

    def item(self, name: str) -> Item:
        """The plain field of that name. Raises KeyError."""
        for each in self.items:
            if isinstance(each, Item) and each.name == name:
                return each
        raise KeyError(name)

    @property
    def asks_key(self) -> bool:
        """Without a secret it cannot be filled in."""
        return any(item.kind == "secret" and item.is_required for item in leaves(self.items))

    def values(self, kept: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What was entered; an empty field is left out, an empty secret is the one in `kept`, a part that is not given is None."""
        return _values(self.items, kept or {})

    def validated(self, kept: Mapping[str, str] | None = None, context: Mapping[str, Any] | None = None) -> BaseModel | None:
        """The model's values, or None with the mistakes at their fields. `context` is pydantic's: what fields need to know besides."""
        if not self._clocks_are_good():
            return None
        missing = [
            item for item in _needed(self.items) if item.entered() == "" and not (item.kind == "secret" and kept and item.key in kept)
        ]
        for item in missing:
            item.input.errors = ["Enter a number." if item.is_short else "This is needed."]
        if missing:
            return None
        try:
            return self.model.model_validate(self.values(kept), context=context)
        except ValidationError as error:
            for mistake in error.errors(include_url=False, include_input=False):
                words = in_plain_words(mistake)
                if not self._is_of_lines(mistake["loc"]):
                    words = _without_codes(words, self.model)
                if not _put(self.items, mistake["loc"], words):
                    self.problem = words
            return None

    def _is_of_lines(self, place: Sequence[int | str]) -> bool:
        """Whether a mistake is in a text of several lines, whose own words are not the page's to change."""
        return any(isinstance(each, Item) and each.kind == "lines" and each.key == place[0] for each in self.items if place)

    def _clocks_are_good(self) -> bool:
        is_good = True
        for item in leaves(self.items, given_only=True):
            if not isinstance(item.input, ClockField) or (item.entered() == "" and not item.is_needed):
                continue
            if not _CLOCK.fullmatch(item.entered()):
                item.input.errors = ["Enter a time such as 17:00."]
                is_good = False
        return is_good


def leaves(nodes: Iterable[Node], *, given_only: bool = False) -> Iterator[Item]:
    """Every single field, in order. `given_only`: without those of parts that are left out."""
    for node in nodes:
        match node:
            case Item():
                yield node
            case Rows(lines=lines):
                for line in lines:
                    yield from leaves(line, given_only=given_only)
            case Group(items=items, switch=switch):
                if switch is not None:
                    yield switch
                if node.is_given or not given_only:
                    yield from leaves(items, given_only=given_only)


def _needed(nodes: Iterable[Node], *, is_line: bool = False) -> Iterator[Item]:
    """The fields that may not be empty. In a line of rows what is left empty is as usual; what has no usual value, pydantic misses."""
    for node in nodes:
        match node:
            case Item() if node.is_needed and not is_line:
                yield node
            case Rows(lines=lines):
                for line in lines:
                    yield from _needed(line, is_line=True)
            case Group(items=items) if node.is_given:
                yield from _needed(items)


def _values(nodes: Iterable[Node], kept: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in nodes:
        match node:
            case Item():
                value = node.entered()
                if value == "" and node.kind == "secret" and node.key in kept:
                    value = kept[node.key]
                if value != "":
                    found[node.key] = value
            case Rows(lines=lines):
                found[node.key] = [_values(line, {}) for line in lines]
            case Group(items=items):
                found[node.key] = _values(items, {}) if node.is_given else None
    return found


def _put(nodes: Iterable[Node], place: Sequence[int | str], words: str) -> bool:
    """Tell a mistake at its place, or at what is nearest to it. False where there is no such place."""
    if not place:
        return False
    rest = place[1:]
    for node in nodes:
        if node.key != place[0]:
            continue
        match node:
            case Item():
                node.input.errors = [words]
            case Rows(lines=lines):
                line = lines[rest[0]] if rest and isinstance(rest[0], int) and rest[0] < len(lines) else []
                if not _put(line, rest[1:], words):
                    node.problem = words
            case Group(items=items):
                if not _put(items, rest, words):
                    node.problem = words
        return True
    return False


# Words


def _without_codes(words: str, model: type[BaseModel]) -> str:
    """Names of fields, as a site file has them, replaced by what the page calls them."""
    titles = dict(_titles(model))
    told = _CODE.sub(lambda code: titles.get(code[0], code[0].replace("_", " ")), f"{words[:1].lower()}{words[1:]}")
    return f"{told[:1].upper()}{told[1:]}"


def _titles(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        inner = row_model(info.annotation) or group_model(info.annotation)
        if inner is not None:
            yield from _titles(inner)
        yield name, title_of(name, info)
