"""The site file: one home as JSON or YAML. What is not understood is refused with its path and what is allowed there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from app.control.connections import brand_of, brands_of
from app.domain.brands import Brand
from app.domain.settings import policy_settings
from app.services.device_address import DeviceAddress, device_address
from app.services.policy_forms import policy_model, stored_from
from app.services.sealing import unseal

ROLES = {
    "retailer": "retailer",
    "battery": "battery",
    "inverters": "inverter",
    "chargers": "charger",
    "solar_forecast": "solar_forecast",
}
LARGEST = 1_000_000
_WITHOUT_BASE_60 = {
    "tag:yaml.org,2002:int": re.compile(r"^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}


class SiteFileError(Exception):
    """The file cannot be used. `problems` each name a path and what is allowed there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Limits(_Strict):
    """The fuse and the export cap of the home."""

    max_import_w: int | None = Field(None, ge=0, le=1_000_000, title="Largest import", description="Your main fuse, in watts.")
    max_export_w: int | None = Field(None, ge=0, le=1_000_000, title="Largest export", description="What your network allows, in watts.")


class _Head(_Strict):
    """What a site file says about the home itself."""

    name: str = Field(min_length=1, max_length=80)
    timezone: str
    currency: str = Field("AUD", pattern="^[A-Z]{3}$")
    owner: str = Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    control: Literal["on", "watch"] = "on"
    retailer: dict[str, Any] | None = None
    battery: dict[str, Any] | None = None
    inverters: list[dict[str, Any]] = []
    chargers: list[dict[str, Any]] = []
    solar_forecast: dict[str, Any] | None = None
    limits: Limits = Limits()
    policies: dict[str, dict[str, Any]] = {}

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not a time zone; write one such as Australia/Sydney") from None
        return value

    @field_validator("control", mode="before")
    @classmethod
    def _yaml_on_is_on(cls, value: Any) -> Any:
        # YAML 1.1 reads a bare `on` as true
        return "on" if value is True else value


@dataclass(frozen=True)
class ConnectionEntry:
    """One validated connection of a file."""

    role: str
    key: str
    brand: Brand
    fields: BaseModel


@dataclass(frozen=True)
class SiteFile:
    """A validated site file."""

    name: str
    timezone: str
    currency: str
    owner: str
    control: str
    limits: Limits
    connections: tuple[ConnectionEntry, ...]
    policies: Mapping[str, dict[str, Any]] = field(default_factory=dict)  # as stored


class _Loader(yaml.SafeLoader):
    """YAML without numbers to the base of 60: 14:00 is a time of day, not 840."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, _WITHOUT_BASE_60.get(tag, pattern)) for tag, pattern in resolvers]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, passphrase: str | None = None) -> SiteFile:
    """Read JSON or YAML; `passphrase` opens the sealed secrets of an export. Raises SiteFileError or PassphraseWrong."""
    if len(text) > LARGEST:
        raise SiteFileError(["the file is larger than 1 MB"])
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        raise SiteFileError([f"{where}: not readable as JSON or YAML"]) from None
    if not isinstance(data, dict):
        raise SiteFileError(["the file must be an object with name, timezone, owner and more (see flask site schema)"])
    return validate(_opened(data, passphrase))


def _opened(data: dict[str, Any], passphrase: str | None) -> dict[str, Any]:
    """The data with its sealed secrets put in their places."""
    if not isinstance(data.get("sealed"), str):
        return data
    if passphrase is None:
        raise SiteFileError(["sealed: this file holds sealed secrets; give its passphrase"])
    for path, secrets in unseal(data.pop("sealed"), passphrase).items():
        place, _, number = path.partition(".")
        entry = data[place][int(number)] if number else data[place]
        entry.update(secrets)
    return data


def validate(data: Mapping[str, Any]) -> SiteFile:
    """Check every key of a site file, all problems at once. Raises SiteFileError."""
    problems: list[str] = []
    head = _validated(_Head, data, "", problems)
    entries = _connections(data, problems)
    policies = _policies(data.get("policies") or {}, problems)
    if problems or head is None:
        raise SiteFileError(problems)
    return SiteFile(head.name, head.timezone, head.currency, head.owner, head.control, head.limits, tuple(entries), policies)


def _connections(data: Mapping[str, Any], problems: list[str]) -> list[ConnectionEntry]:
    entries = []
    taken: dict[DeviceAddress, str] = {}
    for place, role in ROLES.items():
        given = data.get(place)
        many = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
        for number, each in enumerate(many):
            path = f"{place}.{number}" if place != role else place
            if isinstance(each, dict):
                entry = _connection(role, "" if place == role else str(number), each, path, problems)
                if entry is not None:
                    entries.append(entry)
                    _refuse_a_device_twice(entry, path, taken, problems)
    return entries


def _refuse_a_device_twice(entry: ConnectionEntry, path: str, taken: dict[DeviceAddress, str], problems: list[str]) -> None:
    address = device_address(entry.fields.model_dump(mode="json"))
    if address is None:
        return
    if address in taken:
        problems.append(f"{path}: the same device as {taken[address]} ({address}); one device can stand in one place only")
    taken.setdefault(address, path)


def _connection(role: str, key: str, given: Mapping[str, Any], path: str, problems: list[str]) -> ConnectionEntry | None:
    brands = brands_of(role)
    name = given.get("brand")
    if name not in brands:
        allowed = ", ".join(brands) or "none in this version"
        problems.append(f"{path}.brand: " + (f"{name!r} is not known; " if name else "missing; ") + f"allowed: {allowed}")
        return None
    brand = brand_of(role, str(name))
    rest = {field_name: value for field_name, value in given.items() if field_name != "brand"}
    fields = _validated(brand.fields, rest, path, problems, also=("brand",))
    return None if fields is None else ConnectionEntry(role, key, brand, fields)


def _policies(given: Any, problems: list[str]) -> dict[str, dict[str, Any]]:
    stored: dict[str, dict[str, Any]] = {}
    if not isinstance(given, dict):
        return stored
    for name, values in given.items():
        if name not in policy_settings():
            problems.append(f"policies.{name}: unknown key; allowed: {', '.join(policy_settings())}")
        elif isinstance(values, dict) and _validated(policy_model(name), values, f"policies.{name}", problems) is not None:
            stored[name] = stored_from(name, values)
    return stored


def _validated(model: type, data: Mapping[str, Any], path: str, problems: list[str], also: tuple[str, ...] = ()) -> Any:
    try:
        return model.model_validate(data)  # type: ignore[attr-defined]
    except ValidationError as error:
        problems.extend(in_words(error, model, path, also))
        return None


def in_words(error: ValidationError, model: Any, path: str = "", also: tuple[str, ...] = ()) -> list[str]:
    """Each mistake as "path: what is wrong; what is allowed". Values are not repeated: they may be secret."""
    lines = []
    for each in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in (*([path] if path else []), *each["loc"]))
        if each["type"] == "extra_forbidden":
            allowed = ", ".join((*(also if len(each["loc"]) == 1 else ()), *_keys_at(model, each["loc"][:-1])))
            lines.append(f"{where}: unknown key; allowed: {allowed}")
        elif each["type"] == "missing":
            lines.append(f"{where}: missing")
        else:
            lines.append(f"{where}: {each['msg'].removeprefix('Value error, ')}")
    return lines


def _field(model: Any, key: str) -> FieldInfo:
    """The field that is written as `key`."""
    fields: Mapping[str, FieldInfo] = model.model_fields
    return next(info for name, info in fields.items() if key in (name, info.alias))


def _keys_at(model: Any, location: tuple[int | str, ...]) -> list[str]:
    for part in location:
        if isinstance(part, int):
            continue
        annotation = _field(model, str(part)).annotation
        inner = [
            each for each in (annotation, *getattr(annotation, "__args__", ())) if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if not inner:
            return []
        model = inner[0]
    return [info.alias or name for name, info in model.model_fields.items()]


def schema() -> dict[str, Any]:
    """All keys of a site file as JSON Schema, drawn from the registries."""
    whole = _Head.model_json_schema()
    properties, parts = whole["properties"], whole.setdefault("$defs", {})

    def one_of(role: str) -> dict[str, Any]:
        return {"oneOf": [_brand_schema(brand, parts) for brand in brands_of(role).values()]}

    for role in ("retailer", "battery", "solar_forecast"):
        properties[role] = one_of(role)
    for place in ("inverters", "chargers"):
        properties[place] = {"type": "array", "items": one_of(ROLES[place])}
    properties["policies"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"title": kind.title, "description": kind.summary, **_model_schema(policy_model(name), name, parts)}
            for name, kind in policy_settings().items()
        },
    }
    return whole


def _brand_schema(brand: Brand, parts: dict[str, Any]) -> dict[str, Any]:
    own = _model_schema(brand.fields, brand.key, parts)
    own["title"] = brand.title
    own["properties"] = {"brand": {"const": brand.key}, **own.get("properties", {})}
    own["required"] = ["brand", *own.get("required", [])]
    return own


def _model_schema(model: Any, name: str, parts: dict[str, Any]) -> dict[str, Any]:
    """The schema of a model; what it refers to goes to `parts` under names of its own."""
    own: dict[str, Any] = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
    parts.update({f"{name}.{part}": found for part, found in own.pop("$defs", {}).items()})
    return own
