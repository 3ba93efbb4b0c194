"""Values of the domain as JSON and back: what is remembered between ticks and what a journal entry can be replayed from."""

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from app.domain import opinions
from app.domain.settings import SettingsBook, policy_settings
from app.domain.tariffs.half_hourly import RollingTariff
from app.domain.tariffs.seasonal import SeasonalTariff

T = TypeVar("T")

# Where a field may hold one of several classes, the JSON names the class under "is"; without a name the first of them is meant.
NAMED: Mapping[str, type] = {
    each.__name__: each
    for each in (
        opinions.FollowTariff,
        opinions.SelfConsume,
        opinions.Hold,
        opinions.Charge,
        opinions.Discharge,
        opinions.Run,
        opinions.Curtail,
        opinions.ChargeCar,
        opinions.StopCar,
        opinions.Wish,
        opinions.Limit,
        opinions.Nothing,
        opinions.Unknown,
        RollingTariff,
        SeasonalTariff,
    )
}


def to_json(value: Any) -> Any:
    """A frozen value of the domain as plain JSON. Instants become ISO text in UTC."""
    kind: type = type(value)
    return _writer(kind)(value)


Writer = Callable[[Any], Any]


@cache
def _writer(kind: type) -> Writer:
    """How values of `kind` are written: looked up once per class, since a snapshot holds some thousand values."""
    if issubclass(kind, Enum):
        return lambda value: value.value
    if is_dataclass(kind):
        return _dataclass_writer(kind)
    for base, write in _WRITERS:
        if issubclass(kind, base):
            return write
    return lambda value: value


def _dataclass_writer(kind: Any) -> Writer:
    """Figures and texts are taken as they are; only the other fields are looked at one by one."""
    hints = _hints(kind)
    names = [each.name for each in fields(kind)]
    plain = [name for name in names if _is_plain(hints[name])]
    rest = [name for name in names if name not in plain]
    name_of_kind: str = kind.__name__
    mark = {"is": name_of_kind} if NAMED.get(name_of_kind) is kind else {}
    take = attrgetter(*plain) if len(plain) > 1 else None

    def write(value: Any) -> dict[str, Any]:
        body = dict(mark)
        if take is not None:
            body.update(zip(plain, take(value), strict=True))
        else:
            body.update({name: getattr(value, name) for name in plain})
        for name in rest:
            body[name] = to_json(getattr(value, name))
        return body

    return write


def _is_plain(hint: Any) -> bool:
    """Whether JSON takes a field of this type as it is (a StrEnum is text)."""
    is_choice = get_origin(hint) in (Union, types.UnionType)
    kinds = [kind for kind in (get_args(hint) if is_choice else (hint,)) if kind is not type(None)]
    return all(isinstance(kind, type) and issubclass(kind, str | float | int) for kind in kinds)


def _instant(value: datetime) -> str:
    return value.isoformat() if value.tzinfo is UTC else value.astimezone(UTC).isoformat()


_WRITERS: tuple[tuple[type, Writer], ...] = (
    (str, lambda value: value),
    (datetime, _instant),
    (time, lambda value: value.strftime("%H:%M")),
    (date, lambda value: value.isoformat()),
    (ZoneInfo, lambda value: value.key),
    (Mapping, lambda value: {str(key): to_json(each) for key, each in value.items()}),
    (frozenset, lambda value: sorted(to_json(each) for each in value)),
    (set, lambda value: sorted(to_json(each) for each in value)),
    (tuple, lambda value: [to_json(each) for each in value]),
    (list, lambda value: [to_json(each) for each in value]),
)


def from_json(kind: type[T], value: Any) -> T:
    """The value of `kind` that `to_json` made `value` from. Raises ValueError, KeyError or TypeError when it does not fit."""
    return _read(kind, value)  # type: ignore[no-any-return]


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value)
    if kind is Any or kind is type(None):
        return value
    if origin in (tuple, frozenset, list):
        inner = get_args(kind)[0]
        return origin(_read(inner, each) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        inner = get_args(kind)[1]
        return {key: _read(inner, each) for key, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is SettingsBook:
        kinds = policy_settings()
        return SettingsBook({name: _read(kinds[name].type, each) for name, each in value["by_name"].items() if name in kinds})
    if is_dataclass(kind):
        hints = _hints(kind)
        named = {each.name for each in fields(kind)}
        return kind(**{key: _read(hints[key], each) for key, each in value.items() if key in named})  # type: ignore[operator]
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is time:
        return time.fromisoformat(value)
    if kind is ZoneInfo:
        return ZoneInfo(value)
    if kind is float:
        return float(value)
    return value


def _read_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping) and "is" in value:
        return _read(NAMED[value["is"]], value)
    rest = [kind for kind in kinds if kind is not type(None)]
    return _read(rest[0], value)


_known_hints: dict[type, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _known_hints:
        _known_hints[kind] = get_type_hints(kind)
    return _known_hints[kind]
