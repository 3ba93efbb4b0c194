"""What /api/v1 answers and takes: the one source of what is checked, sent and described in openapi.json.

W, Wh, percent, c/kWh (minor unit of the site's currency, tax included), instants in UTC. Grid + import, battery + discharging. null: not
known.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.services.wishes import DEFAULT_MINUTES, LEAST_MINUTES, MOST_MINUTES

_MOST_ID = 2**53 - 1  # what every JSON parser reads exactly
MOST_DAYS = 31
Freshness = Literal["fresh", "late", "lost", "none"]
Quality = Literal["settled", "current", "forecast", "estimate"]
WishKind = Literal["charge", "discharge", "hold", "self-consume"]


def _whole_number(value: Any) -> Any:
    """As it stands in an address: digits alone, where Python would also take underscores and spaces."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,16}", value, re.ASCII):
        raise ValueError("a whole number is needed")
    return value


def _full_date(value: Any) -> Any:
    """RFC 3339, full-date."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a date is needed, such as 2026-11-20")
    return value


FullDate = Annotated[date, BeforeValidator(_full_date)]


def _integral(value: Any) -> Any:
    """For JSON 24.0 is the whole number 24."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Answer(BaseModel):
    """What is sent."""

    model_config = ConfigDict(frozen=True)


class Query(BaseModel):
    """What may stand in an address. An unknown name is refused, so that a slip does not read as something else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """What is taken as JSON: every value in its own type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


# Everything as of now


class SiteFacts(Answer):
    """The home of this token."""

    name: str
    timezone: str = Field(description="IANA name")
    currency: str = Field(description="ISO 4217")
    control: Literal["on", "watch"] = Field(description="watch: PowerSync reads and decides, and sends nothing")


class Live(Answer):
    """Power and charge as last read. Figures are null once the reading is lost."""

    freshness: Freshness
    taken_at: datetime | None
    solar_w: int | None = Field(description="W, not below 0")
    grid_w: int | None = Field(description="W, + import, - export")
    battery_w: int | None = Field(description="W, + discharging, - charging")
    load_w: int | None = Field(description="W")
    soc_pct: float | None = Field(description="charge, percent")
    is_outage: bool


class PriceNow(Answer):
    """The price of this moment. Figures are null once it is lost."""

    freshness: Freshness
    source: str
    import_c_per_kwh: float | None = Field(description="what the owner pays")
    feed_in_c_per_kwh: float | None = Field(description="what the owner is paid; negative: pays")
    until: datetime | None = Field(description="end of its interval")


class Decision(Answer):
    """What PowerSync decided last: its plan for the battery."""

    at: datetime
    freshness: Freshness
    policy: str | None = Field(description="whose wish the battery follows; owner for a button, null for nobody's")
    command: str | None = Field(description="follow-tariff, charge, discharge, hold or self-consume")
    power_w: int | None
    until: datetime | None


class Wish(Answer):
    """What the owner, or a program of his, asked of the battery."""

    id: int
    kind: WishKind
    power_w: int | None
    asked_at: datetime
    until: datetime


class SiteState(Answer):
    """Everything that the Now page tells."""

    site: SiteFacts
    sentence: str = Field(description="what the battery does and why, for people")
    notes: list[str] = Field(description="how far that is confirmed, and what limits it")
    problems: list[str]
    live: Live
    price: PriceNow | None = Field(description="null without a retailer")
    decision: Decision | None
    wish: Wish | None


# Prices and tariff


class PriceInterval(Answer):
    """What a kWh costs and earns from `start` (included) to `end` (excluded)."""

    start: datetime
    end: datetime
    import_c_per_kwh: float | None
    feed_in_c_per_kwh: float | None
    quality: Quality
    source: str


class Prices(Answer):
    """The known prices, from the running interval on."""

    known_until: datetime | None
    intervals: list[PriceInterval]
    problem: str | None = Field(description="why there are none, or why they are old")


class TariffSlot(Answer):
    """One half-hour of the next 24 hours, after all shaping."""

    start: datetime
    local_time: str = Field(description="HH:MM on the site's clock")
    date: date
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    quality: Quality


class Tariff(Answer):
    """The tariff that the battery would be given now."""

    slots: list[TariffSlot] = Field(description="48, or none")
    problem: str | None = Field(description="why there is none")


# The plan

PlanAction = Literal["charge", "sell", "run-home", "hold"]


class PlanStep(Answer):
    """What the battery is to do from `start` (included) to `end` (excluded). Powers are means, W; battery + discharging, grid + import."""

    start: datetime
    end: datetime
    action: PlanAction
    battery_w: float
    grid_w: float
    solar_w: float
    load_w: float
    soc_end_pct: float = Field(description="charge at the end, percent")
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    stored_value_c_per_kwh: float | None = Field(description="what another kWh in the battery would save at `start`")
    is_estimate: bool = Field(description="its price or its sun is estimated")


class Plan(Answer):
    """The plan of the battery. Costs are of all steps, in the minor unit of the currency; what stays stored counts alike in all of them."""

    freshness: Freshness = Field(description="lost: not followed any more")
    is_carried_out: bool = Field(description="false: it is only shown")
    made_at: datetime | None
    command: PlanAction | None = Field(description="for now; it may stay what it was where a change gains next to nothing")
    command_w: int | None = Field(description="with charge and sell")
    sentence: str | None = Field(description="why, for people")
    cost_c: float | None
    without_plan_c: float | None = Field(description="the battery left to itself")
    without_battery_c: float | None
    notes: list[str] = Field(description="what the plan had to do without")
    steps: list[PlanStep] = Field(description="in order, from the running one on")
    problem: str | None = Field(description="why there is no plan, or no newer one")


# What was


class EnergyQuery(Query):
    """Which days."""

    day: FullDate | None = Field(default=None, description="the first, on the site's clock; today when left out")
    days: Annotated[int, Field(ge=1, le=MOST_DAYS), BeforeValidator(_whole_number)] = 1
    minutes: Annotated[Literal["5", "30"], Field(description="length of the intervals; those of 5 are kept for 13 months")] = "30"


class EnergyInterval(Answer):
    """Energy and money of one interval. `covered_s` says how much of it was measured."""

    start: datetime
    covered_s: int
    solar_wh: float
    import_wh: float
    export_wh: float
    charge_wh: float
    discharge_wh: float
    load_wh: float
    soc_pct: float | None = Field(description="at the end")
    import_cost_c: float | None = Field(description="null where the price was not known")
    feed_in_earned_c: float | None


class Energy(Answer):
    """Energy and money, in order of time. What was not measured is not there."""

    minutes: int
    intervals: list[EnergyInterval]


class JournalQuery(Query):
    """Which entries."""

    before: Annotated[int, Field(ge=1, le=_MOST_ID), BeforeValidator(_whole_number)] | None = Field(
        default=None, description="only entries with a smaller id"
    )
    limit: Annotated[int, Field(ge=1, le=200), BeforeValidator(_whole_number)] = 50


class Fact(Answer):
    """One thing about an entry."""

    name: str
    text: str


class JournalEntry(Answer):
    """One change: why, and how far it got."""

    id: int
    at: datetime
    kind: str
    code: str
    sentence: str
    facts: list[Fact]
    state: str
    sent_at: datetime | None
    accepted_at: datetime | None
    confirmed_at: datetime | None
    effective_at: datetime | None
    ended_at: datetime | None


class Journal(Answer):
    """The newest first."""

    entries: list[JournalEntry]
    next_before: int | None = Field(description="`before` of the next page; null at the end")


# Settings and wishes


class Limits(Answer):
    """Of the connection to the grid, W; null: none is set."""

    max_import_w: int | None
    max_export_w: int | None


class Policy(Answer):
    """One policy's settings. A policy that was never touched has its defaults and revision 0."""

    name: str
    title: str
    revision: int
    changed_at: datetime | None
    values: dict[str, Any]


class Settings(Answer):
    """The owner's settings. Keys and passwords are never among them."""

    limits: Limits
    policies: list[Policy]


class Wishes(Answer):
    """The wishes in force: one at most."""

    wishes: list[Wish]


class NewWish(Body):
    """What the battery should do, and for how long. An earlier wish ends. It ends by itself."""

    kind: WishKind
    minutes: Annotated[int, Field(ge=LEAST_MINUTES, le=MOST_MINUTES), BeforeValidator(_integral)] = DEFAULT_MINUTES
    power_w: Annotated[int, Field(gt=0, le=1_000_000), BeforeValidator(_integral)] | None = Field(
        default=None, description="only for batteries that take a power; null: as much as they can"
    )


class Ended(Answer):
    """How many wishes were ended."""

    ended: int


class Fault(Answer):
    """One value that was refused."""

    where: str
    problem: str


class Problem(Answer):
    """RFC 9457: what went wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    id: str = Field(description="stands in PowerSync's log")
    errors: list[Fault] = Field(default_factory=list)
