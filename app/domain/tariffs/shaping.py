"""What the battery is told may differ from what the owner is billed: boost, chip, spike protection, demand surcharge, in this order.

Preview and upload call the same `shape`, so they cannot disagree. The plan of a whole year goes through the same steps as the next 24
hours, half-hour by half-hour of each weekday; only spike protection is not for it, as spikes have dates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Generic, TypeVar

from app.domain.demand import rate_c_per_kw
from app.domain.prices import Spike
from app.domain.settings import SettingsBook
from app.domain.settings.chip_mode import ChipMode
from app.domain.settings.demand import Demand
from app.domain.settings.export_boost import ExportBoost
from app.domain.settings.spike_protection import SpikeProtection
from app.domain.tariffs.half_hourly import SLOTS, DemandSide, RollingTariff, Slot
from app.domain.tariffs.seasonal import Block, SeasonalTariff
from app.domain.windows import Window

SPIKE_MARGIN_C = 100.0  # buying in a spike must look worse than any sale
_CLOCK = tuple(time(index // 2, index % 2 * 30) for index in range(SLOTS))

T = TypeVar("T", RollingTariff, SeasonalTariff)
HalfHour = TypeVar("HalfHour", Slot, Block)


@dataclass(frozen=True, slots=True)
class Shaping(Generic[T]):
    """One step and the tariff after it."""

    name: str  # of the policy: "export_boost"
    tariff: T
    changed: frozenset[int]  # half-hours of the clock that this step changed, on any day of a year's plan


@dataclass(frozen=True, slots=True)
class Shaped(Generic[T]):
    """From the retailer's prices to what is sent, step by step. Steps that are switched off are left out."""

    original: T
    steps: tuple[Shaping[T], ...]

    @property
    def result(self) -> T:
        """What is sent."""
        return self.steps[-1].tariff if self.steps else self.original


@dataclass(frozen=True, slots=True)
class ShapingSettings:
    """What the owner says of each step."""

    boost: ExportBoost
    chip: ChipMode
    spike: SpikeProtection
    demand: Demand

    @classmethod
    def of(cls, settings: SettingsBook) -> "ShapingSettings":
        """Those of a site."""
        return cls(settings.of(ExportBoost), settings.of(ChipMode), settings.of(SpikeProtection), settings.of(Demand))


def shape(tariff: T, settings: SettingsBook) -> Shaped[T]:
    """All shaping that the owner switched on."""
    return shaped_by(ShapingSettings.of(settings), tariff)


def shaped_by(settings: ShapingSettings, tariff: T) -> Shaped[T]:
    """As `shape`, for settings that were looked up already."""
    boost, chip, spike, demand = settings.boost, settings.chip, settings.spike, settings.demand
    if demand.enabled:
        tariff = replace(tariff, demand_applies_to=DemandSide(demand.apply_to))
    steps: list[Shaping[T]] = []

    def so_far() -> T:
        return steps[-1].tariff if steps else tariff

    if boost.enabled and (boost.offset_c or boost.minimum_c):
        steps.append(_step("export_boost", so_far(), lambda each, day: boosted(each, day, boost)))
    after_boost = so_far()
    if chip.enabled:
        steps.append(_step("chip_mode", so_far(), lambda each, day: chipped(each, day, chip)))
    if spike.enabled and isinstance(after_boost, RollingTariff):
        ceiling_c = max(slot.feed_in_c_per_kwh for slot in after_boost.slots) + SPIKE_MARGIN_C
        steps.append(_step("spike_protection", so_far(), lambda each, _: protected(each, ceiling_c)))
    if demand.enabled and (demand.surcharge_c or any(window.rate_c_per_kw for window in demand.windows)):
        steps.append(_demand_step(so_far(), demand))
    return Shaped(tariff, tuple(steps))


def _step(name: str, before: T, change: Callable[[Any, date], Any]) -> Shaping[T]:
    changed: set[int] = set()

    def noted(half_hour: Any, day: date) -> Any:
        told = change(half_hour, day)
        if told != half_hour:
            changed.add(_index(half_hour))
        return told

    return Shaping(name, before.told(noted), frozenset(changed))


def _demand_step(before: T, demand: Demand) -> Shaping[T]:
    """The one step that goes by the month: a season of the plan falls apart where some of its months have a window."""
    if isinstance(before, SeasonalTariff):
        before = before.divided(lambda month: tuple(month in window.months for window in demand.windows))
    step = _step("demand", before, lambda each, day: surcharged(each, day, demand))
    return replace(step, tariff=step.tariff.joined()) if isinstance(step.tariff, SeasonalTariff) else step


def boosted(half_hour: HalfHour, day: date, settings: ExportBoost) -> HalfHour:
    """Inside the window, from the threshold on: offset added, raised to the minimum."""
    if not _inside(half_hour, day, Window(settings.start, settings.end)) or half_hour.feed_in_c_per_kwh < settings.threshold_c:
        return half_hour
    return replace(half_hour, feed_in_c_per_kwh=max(half_hour.feed_in_c_per_kwh + settings.offset_c, settings.minimum_c))


def chipped(half_hour: HalfHour, day: date, settings: ChipMode) -> HalfHour:
    """Inside the window: 0 unless the price is at or above the threshold. A price at the threshold is left as it is."""
    if not _inside(half_hour, day, Window(settings.start, settings.end)) or half_hour.feed_in_c_per_kwh >= settings.threshold_c:
        return half_hour
    return replace(half_hour, feed_in_c_per_kwh=0.0)


def protected(slot: Slot, ceiling_c: float) -> Slot:
    """A slot flagged on its own date costs at least `ceiling_c`; others, and dearer ones, stay."""
    if slot.spike is Spike.NONE or slot.import_c_per_kwh >= ceiling_c:
        return slot
    return replace(slot, import_c_per_kwh=ceiling_c)


def surcharged(half_hour: HalfHour, day: date, settings: Demand) -> HalfHour:
    """A half-hour inside a peak window of its own date costs the surcharge more, and a kW of its mean the rate of the window that it lies
    in; without one, the plan's own."""
    is_peak = settings.surcharge_c and any(_inside(half_hour, day, window) for window in settings.peak_windows)
    rate = rate_c_per_kw(settings, day, _index(half_hour)) or half_hour.demand_c_per_kw
    if not is_peak and rate == half_hour.demand_c_per_kw:
        return half_hour
    surcharge_c = settings.surcharge_c if is_peak else 0.0
    return replace(half_hour, import_c_per_kwh=half_hour.import_c_per_kwh + surcharge_c, demand_c_per_kw=rate)


def _inside(half_hour: Slot | Block, day: date, window: Window) -> bool:
    return window.covers(day, _CLOCK[_index(half_hour)])


def _index(half_hour: Slot | Block) -> int:
    """The half-hour of the clock."""
    return half_hour.index if isinstance(half_hour, Slot) else half_hour.first
