"""How a brand introduces itself: its package declares one `Brand`, and forms, site file, environment and docs are drawn from that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """Where a vendor answers, and the environment name by which a simulator or a proxy stands in."""

    env: str  # "AMBER_API_URL"
    default: str
    includes: str  # what the value contains, in words: "…/v1", "scheme and host"
    vendor: str = ""  # who answers there, where it is not the brand's usual one


@dataclass(frozen=True, slots=True)
class Choice:
    """One account, site or device that the vendor offers for a field of the form."""

    value: str
    label: str
    note: str = ""
    timezone: str | None = None  # IANA name, where the vendor knows it
    is_usable: bool = True  # False: shown, not selectable (a closed site)


@dataclass(frozen=True, slots=True)
class Market:
    """A wholesale market that sites share: each region's prices are fetched once for all of them."""

    key: str  # "aemo"; a region's feed is known as "aemo:NSW1"
    title: str
    vendor: str
    regions: Mapping[str, str]  # region → its name for people
    open: Callable[..., Any]  # (Context) -> MarketFeed
    base_urls: tuple[BaseUrl, ...] = ()


@dataclass(frozen=True, slots=True)
class Brand:
    """One vendor in one role. `fields` is a pydantic model: titles, help, units and `SecretStr` make the form and the site file."""

    role: str  # "retailer", "battery", "inverter", "charger", "solar_forecast"
    key: str  # in site files and tables
    title: str  # for people: "Tesla Powerwall"
    vendor: str  # who answers, in error messages: "Teslemetry"
    fields: type
    open: Callable[..., Any]  # (fields, Context) -> driver or feed
    base_urls: tuple[BaseUrl, ...] = ()
    capabilities: frozenset[str] = frozenset()  # commands honoured ("FollowTariff", "Charge" …), "power_setpoint", "timer", "weekly_plan"
    choices: Mapping[str, Callable[..., list[Choice]]] = field(default_factory=dict)  # field → (partial fields, Context) -> list
    modes_that_ignore_tariffs: Mapping[str, str] = field(default_factory=dict)  # value of settings["mode"] → its name for people
    lacks: Callable[[Mapping[str, Any]], frozenset[str]] = lambda config: frozenset()  # capabilities that a connection so set up is without
    by_config: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None  # config → what of this differs: {"vendor": …, "poll_s": …}
    has_key: bool = True  # False: the owner signs in at the vendor, and there is nothing to enter here
    choice_is_optional: bool = False  # a connection may be made although the vendor offers nothing to choose
    poll_s: int = 60  # how often a device is read: clouds 60 s, local and Modbus 30 s; of a forecast, the longest pause between two
    timezone: str = ""  # IANA; where all homes of a retailer have one clock
    summary: str = ""  # one line for the chooser
    how_to_get: str = ""  # where the owner finds the key
    if_we_stop: str = ""  # what the device does when this computer dies, for people

    def as_linked(self, config: Mapping[str, Any]) -> "Brand":
        """The declaration as it holds for a connection with these settings: who answers, and how often, can depend on them."""
        return self if self.by_config is None else replace(self, **self.by_config(config))

    def able(self, config: Mapping[str, Any]) -> frozenset[str]:
        """The capabilities of a connection with these settings."""
        return self.capabilities - self.lacks(config)
