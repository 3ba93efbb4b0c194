"""From the text of a register table to its plan; all that is wrong with it at once."""

from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.devices.modbus_table.checks import faults_of
from app.devices.modbus_table.plan import Plan
from app.devices.modbus_table.table import Table
from app.devices.modbus_table.text import TableRefused, data_from

_KEY: Final = "[key]"  # how pydantic marks that a key is wrong, not its value


@lru_cache(maxsize=64)
def plan_from(text: str) -> Plan:
    """The plan of a table. Raises TableRefused."""
    try:
        table = Table.model_validate(data_from(text))
    except ValidationError as error:
        raise TableRefused([_in_words(each) for each in error.errors(include_url=False)]) from None
    faults = faults_of(table)
    if faults:
        raise TableRefused(faults)
    return Plan(table)


def _in_words(mistake: ErrorDetails) -> str:
    path = [part for part in mistake["loc"] if part != _KEY]
    where = ".".join(str(part) for part in path)
    match mistake["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; allowed: {', '.join(_keys_at(path[:-1]))}"
        case "missing":
            return f"{where}: missing"
        case "string_pattern_mismatch" if _KEY in mistake["loc"]:
            return f"{where}: a name has small letters, digits and _, and begins with a letter"
    return f"{where}: {mistake['msg'].removeprefix('Value error, ')}"


def _keys_at(path: list[Any]) -> list[str]:
    """The keys of the part of a table at `path`."""
    model: type[BaseModel] = Table
    for part in path:
        info = model.model_fields.get(str(part))
        if info is None:
            continue  # a name that the table's author chose
        inner = [each for each in _within(info.annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
        model = inner[0] if inner else model
    return list(model.model_fields)


def _within(annotation: Any) -> list[Any]:
    return [annotation, *(part for each in getattr(annotation, "__args__", ()) for part in _within(each))]
