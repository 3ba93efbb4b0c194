"""A register table as text: YAML or JSON, read strictly, so that nothing means something else than it looks like."""

import re
from collections.abc import Hashable
from typing import Any, Final

import yaml
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node

LARGEST: Final = 20_000  # characters
DEEPEST: Final = 10


class TableRefused(ValueError):
    """The table cannot be used. `faults` each name a path in the table and what is wrong there."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class _Fault(yaml.YAMLError):
    """Readable YAML that a table has no use for."""

    def __init__(self, problem: str, problem_mark: Any) -> None:
        super().__init__(problem)
        self.problem, self.problem_mark = problem, problem_mark


class _Loader(yaml.SafeLoader):
    """YAML with true and false alone as truth values, decimal and 0x numbers alone as numbers, and without aliases, tags or a key twice."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Raises a YAMLError."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            raise _Fault("anchors and aliases are not used in a table", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _Fault("tags are not used in a table", event.start_mark)
        if self.depth >= DEEPEST:
            raise _Fault("nested too deeply", event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Raises a YAMLError."""
        found = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise _Fault("a key stands here twice", node.start_mark)
        return found


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,17}|0x[0-9a-fA-F]{1,16})$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]{1,18}(?:\.[0-9]{0,18}(?:[eE][-+]?[0-9]{1,2})?|[eE][-+]?[0-9]{1,2})$", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def data_from(text: str) -> dict[str, Any]:
    """What the text says, not checked yet. Raises TableRefused."""
    if len(text) > LARGEST:
        raise TableRefused([f"it has more than {LARGEST} characters"])
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        told = f"; {problem}" if problem and not isinstance(error, _Fault) else ""
        raise TableRefused([f"{where}{problem}" if isinstance(error, _Fault) else f"{where}not readable as YAML or JSON{told}"]) from None
    if not isinstance(data, dict):
        raise TableRefused(["it must be an object with name, read, settings, commands and more"])
    return data
