"""What a register table may say: each key with its type and bounds. What keys mean together is checked in `checks`."""

from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from app.devices.modbus_table.places import Address, Raw, Read, Scale, Strict, WordOrder, whole_numbers
from app.devices.modbus_table.steps import StepValue

TIMER: Final = "timer"  # the name of the timer in sequences, and its key in the settings
RESERVED: Final = frozenset({TIMER, "sequence"})

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]+$", max_length=60)]
Watts = Annotated[float, Field(gt=0, le=1_000_000)]
Sequence = Annotated[list[Annotated[dict[Name, StepValue], Field(min_length=1, max_length=1)]], Field(min_length=1, max_length=20)]


class Facts(Strict):
    """What the device does not tell, from its data sheet. What it tells comes first."""

    capacity_wh: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    rated_w: Watts | None = None
    max_charge_w: Watts | None = None
    max_discharge_w: Watts | None = None


class Setting(Strict):
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
    words: Annotated[dict[int, Words], BeforeValidator(whole_numbers), Field(min_length=1)] | None = None
    function: Literal[6, 16] | None = None  # None: 6 for one register, 16 for two


class Limits(Strict):
    """The settings that keep the battery's charge within bounds."""

    min_soc_pct: Name | None = None
    max_soc_pct: Name | None = None


class Commands(Strict):
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


class Timer(Strict):
    """The register of the time after which the device ends a command by itself, in `unit`."""

    address: Address
    kind: Literal["u16", "u32"]
    unit: Literal["s", "min"]
    least: int = Field(ge=1)
    most: int = Field(ge=1)
    word_order: WordOrder | None = None
    function: Literal[6, 16] | None = None
    ends: Annotated[dict[Name, StepValue], Field(min_length=1, max_length=1)]  # what the device falls to when the time is out
    also_falls: dict[Name, StepValue] = Field(default_factory=dict)
    renew: Annotated[list[Name], Field(min_length=1)]


class Line(Strict):
    """How the device likes to be asked."""

    frames: Literal["tcp", "rtu"] = "tcp"
    gap_ms: int = Field(default=0, ge=0, le=2_000)
    settle_ms: int = Field(default=0, ge=0, le=3_000)
    answer_s: float = Field(default=3.0, ge=1, le=10)
    longest_read: int = Field(default=100, ge=1, le=125)
    read_along: int = Field(default=0, ge=0, le=40)  # registers that stand under no entry


class Table(Strict):
    """One kind of device."""

    name: Words
    word_order: WordOrder | None = None
    line: Line = Line()
    read: Read
    facts: Facts = Facts()
    settings: dict[Name, Setting] = Field(default_factory=dict)
    commands: Commands = Commands()
    limits: Limits = Limits()
    give_back: list[Name] = Field(default_factory=list)
    timer: Timer | None = None

    def timed(self) -> frozenset[str]:
        """The commands that set the timer."""
        return frozenset(name for name, steps in self.commands.given().items() if any(TIMER in step for step in steps))
