"""What a register table may say: each key with its type and bounds. What keys mean together is checked in `checks`."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.devices.modbus_table.steps import StepValue

TIMER: Final = "timer"  # the name of the timer in sequences, and its key in the settings
RESERVED: Final = frozenset({TIMER, "sequence"})


def _whole_numbers(value: Any) -> Any:
    """JSON knows text alone as a key."""
    if not isinstance(value, dict):
        return value
    found = {int(key) if isinstance(key, str) and key.isascii() and key.isdecimal() else key: each for key, each in value.items()}
    if len(found) < len(value):
        raise ValueError("a value stands here twice")
    return found


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]+$", max_length=60)]
Address = Annotated[int, Field(ge=0, le=65_535)]
Scale = Annotated[float, Field(ge=1e-6, le=1e6)]
Raw = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Kind = Literal["u16", "s16", "u32", "s32", "u64", "f32"]
WordOrder = Literal["high_first", "low_first"]
Watts = Annotated[float, Field(gt=0, le=1_000_000)]
Sequence = Annotated[list[Annotated[dict[Name, StepValue], Field(min_length=1, max_length=1)]], Field(min_length=1, max_length=20)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Place(_Strict):
    """Where a figure stands and how it is written there."""

    address: Address
    space: Literal["holding", "input"]
    kind: Kind
    word_order: WordOrder | None = None
    not_available: list[Raw] | None = None  # None: what is usual for the kind


class PowerPoint(Place):
    """A power without a direction."""

    unit: Literal["W", "kW"]
    scale: Scale = 1.0


class GridPoint(PowerPoint):
    """`positive`: what the device means by a figure above 0."""

    positive: Literal["import", "export"]


class BatteryPoint(PowerPoint):
    """`positive`: what the device means by a figure above 0."""

    positive: Literal["discharging", "charging"]


class PercentPoint(Place):
    """A share of the whole."""

    unit: Literal["%"]
    scale: Scale = 1.0


class EnergyPoint(Place):
    """An amount of energy."""

    unit: Literal["Wh", "kWh"]
    scale: Scale = 1.0


class StatePoint(Place):
    """`states`: raw value → what it means."""

    kind: Literal["u16", "u32"]
    states: Annotated[
        dict[int, Literal["running", "limited", "asleep", "stopped", "fault"]], BeforeValidator(_whole_numbers), Field(min_length=1)
    ]


class TextPoint(_Strict):
    """ASCII, two characters in each register."""

    address: Address
    space: Literal["holding", "input"]
    length: int = Field(ge=1, le=32)


class Read(_Strict):
    """What is read. All may be left out; what a role needs is checked when a device is connected in it."""

    soc_pct: PercentPoint | None = None
    solar_w: PowerPoint | None = None
    solar_2_w: PowerPoint | None = None
    solar_3_w: PowerPoint | None = None
    solar_4_w: PowerPoint | None = None
    grid_w: GridPoint | None = None
    battery_w: BatteryPoint | None = None
    load_w: PowerPoint | None = None
    capacity_wh: EnergyPoint | None = None
    rated_w: PowerPoint | None = None
    max_charge_w: PowerPoint | None = None
    max_discharge_w: PowerPoint | None = None
    state: StatePoint | None = None
    serial: TextPoint | None = None
    firmware: TextPoint | None = None


class Facts(_Strict):
    """What the device does not tell, from its data sheet. What it tells comes first."""

    capacity_wh: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    rated_w: Watts | None = None
    max_charge_w: Watts | None = None
    max_discharge_w: Watts | None = None


class Setting(_Strict):
    """A holding register that PowerSync may change, within `least` to `most` (in `unit`)."""

    label: Words
    address: Address
    kind: Literal["u16", "s16", "u32", "s32", "f32"]
    unit: Literal["W", "kW", "%", "none"]
    least: float
    most: float
    scale: Scale = 1.0
    word_order: WordOrder | None = None
    not_available: list[Raw] | None = None
    words: Annotated[dict[int, Words], BeforeValidator(_whole_numbers), Field(min_length=1)] | None = None
    function: Literal[6, 16] | None = None  # None: 6 for one register, 16 for two


class Limits(_Strict):
    """The settings that keep the battery's charge within bounds."""

    min_soc_pct: Name | None = None
    max_soc_pct: Name | None = None


class Commands(_Strict):
    """What is written for each command, in this order."""

    self_consume: Sequence | None = None
    hold: Sequence | None = None
    charge: Sequence | None = None
    discharge: Sequence | None = None
    limit_export: Sequence | None = None
    limit_power: Sequence | None = None

    def given(self) -> dict[str, list[dict[str, StepValue]]]:
        """Name → steps of those that the table has."""
        return {name: steps for name in type(self).model_fields if (steps := getattr(self, name)) is not None}


class Timer(_Strict):
    """The register of the time after which the device ends a command by itself, in `unit`."""

    address: Address
    kind: Literal["u16", "u32"]
    unit: Literal["s", "min"]
    least: int = Field(ge=1)
    most: int = Field(ge=1)
    word_order: WordOrder | None = None
    function: Literal[6, 16] | None = None
    ends: Annotated[dict[Name, StepValue], Field(min_length=1, max_length=1)]  # what the device falls to when the time is out
    also_falls: dict[Name, StepValue] = {}
    renew: Annotated[list[Name], Field(min_length=1)]


class Line(_Strict):
    """How the device likes to be asked."""

    frames: Literal["tcp", "rtu"] = "tcp"
    gap_ms: int = Field(default=0, ge=0, le=2_000)
    settle_ms: int = Field(default=0, ge=0, le=3_000)
    longest_read: int = Field(default=100, ge=1, le=125)


class Table(_Strict):
    """One kind of device."""

    name: Words
    word_order: WordOrder | None = None
    line: Line = Line()
    read: Read
    facts: Facts = Facts()
    settings: dict[Name, Setting] = {}
    commands: Commands = Commands()
    limits: Limits = Limits()
    give_back: list[Name] = []
    timer: Timer | None = None

    def timed(self) -> frozenset[str]:
        """The commands that set the timer."""
        return frozenset(name for name, steps in self.commands.given().items() if any(TIMER in step for step in steps))
