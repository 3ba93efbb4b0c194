"""What an owner with GloBird enters: the rates of the bill, and what the plan adds to them."""

from dataclasses import fields as fields_of_class
from dataclasses import replace
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from app.feeds.plans.amounts import AmountC, EnergyKwh, PriceC
from app.feeds.plans.charges import Charges
from app.feeds.plans.clock import HalfHour, HalfHourEnd
from app.feeds.plans.own_rates import OwnRates
from app.feeds.plans.seasons import STRICT
from app.feeds.retailers.globird.presets import PRESETS, Terms

_AS_PRESET = "Left empty, it is as the chosen plan has it."
PresetKey = Literal["zerohero_jul_2026", "zerohero_before_jul_2026", "zerohero_3_hour", "zerohero_2_hour", "own"]


class ChosenPlan(BaseModel):
    """Which plan it is."""

    model_config = STRICT

    preset: PresetKey = Field(
        title="Plan",
        description="The terms as they are publicly known. Where your own letter says otherwise, enter its figures below.",
        json_schema_extra={"labels": {key: preset.title for key, preset in PRESETS.items()}},
    )


class OwnFigures(BaseModel):
    """Figures of the owner's letter; what is left out is as the chosen plan has it."""

    model_config = STRICT

    super_export_start: HalfHour | None = Field(default=None, title="Super export from", description=_AS_PRESET)
    super_export_end: HalfHourEnd | None = Field(default=None, title="Super export until", description=_AS_PRESET)
    super_export_c: PriceC | None = Field(
        default=None,
        title="Super export",
        description="What you are paid for a kWh in these hours until the day's cap is used up. The prices shown and used in these hours "
        f"are this one; the bill pays the base feed-in for what goes beyond the cap. {_AS_PRESET}",
        json_schema_extra={"unit": "c/kWh"},
    )
    super_export_cap_kwh: EnergyKwh | None = Field(
        default=None, title="Super export cap", description=_AS_PRESET, json_schema_extra={"unit": "kWh/day"}
    )
    daily_credit_c: AmountC | None = Field(
        default=None,
        title="Daily credit",
        description=f"For each day on which you import next to nothing in the hours of the super export. {_AS_PRESET}",
        json_schema_extra={"unit": "c/day"},
    )
    credit_import_kwh: EnergyKwh | None = Field(
        default=None,
        title="Import that keeps the credit",
        description=f"The most that you may import in these hours. {_AS_PRESET}",
        json_schema_extra={"unit": "kWh"},
    )
    free_start: HalfHour | None = Field(default=None, title="Free import from", description=_AS_PRESET)
    free_end: HalfHourEnd | None = Field(default=None, title="Free import until", description=_AS_PRESET)
    free_pool_kwh_per_day: EnergyKwh | None = Field(
        default=None,
        title="Free energy",
        description="For each day of the month, used from one pool for the month. Imports count as free in these hours; the bill charges "
        f"what goes beyond the pool. {_AS_PRESET}",
        json_schema_extra={"unit": "kWh/day"},
    )
    spike_bonus_c: AmountC | None = Field(
        default=None,
        title="Bonus in price spikes",
        description="What you are paid on top for a kWh exported in an event, if your letter says so. Left empty, none is counted.",
        json_schema_extra={"unit": "c/kWh"},
    )


_TOGETHER = (
    ("super_export_start", "super_export_end"),
    ("super_export_c", "super_export_cap_kwh"),
    ("daily_credit_c", "credit_import_kwh"),
    ("free_start", "free_end"),
)
_NEEDS = (
    ("super_export_c", "super_export_start"),
    ("daily_credit_c", "super_export_start"),
    ("free_pool_kwh_per_day", "free_start"),
)


class GloBirdFields(Charges, OwnFigures, OwnRates, ChosenPlan):
    """The rates of a GloBird bill and the terms of its plan."""

    def terms(self) -> Terms:
        """The preset's terms with what was entered in their place."""
        terms = PRESETS[self.preset].terms
        entered = {each.name: getattr(self, each.name) for each in fields_of_class(Terms)}
        return replace(terms, **{name: value for name, value in entered.items() if value is not None})

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        terms = self.terms()
        for names in _TOGETHER:
            missing = [name for name in names if getattr(terms, name) is None]
            if missing and len(missing) < len(names):
                given = [name for name in names if name not in missing]
                raise ValueError(f"{' and '.join(given)} given without {' and '.join(missing)}")
        for name, window in _NEEDS:
            if getattr(terms, name) is not None and getattr(terms, window) is None:
                raise ValueError(f"{name} given without {window} and {window.removesuffix('start')}end")
        return self
