"""GloBird's ZeroHero terms by date, as one public description has them; where a date is not known it is None. They were not compared with
GloBird's own documents and an account's letter may differ: each figure can be replaced."""

from dataclasses import dataclass, replace
from datetime import date, time


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan adds to its rates. None: the plan has no such thing; `free_pool_kwh_per_day` None beside a window: without an end.
    The credit looks at imports in the window of the super export."""

    super_export_start: time | None = None
    super_export_end: time | None = None
    super_export_c: float | None = None  # c/kWh, instead of the base feed-in
    super_export_cap_kwh: float | None = None  # a day
    daily_credit_c: float | None = None
    credit_import_kwh: float | None = None  # the most that may be imported
    free_start: time | None = None
    free_end: time | None = None
    free_pool_kwh_per_day: float | None = None  # times the days of the month, used from one pool


@dataclass(frozen=True, slots=True)
class Preset:
    """The terms of a plan and the days on which they were those of the plan."""

    title: str
    terms: Terms
    valid_from: date | None = None
    valid_to: date | None = None  # the last day


_THREE_HOURS = Terms(
    super_export_start=time(18),
    super_export_end=time(21),
    super_export_c=15.0,
    super_export_cap_kwh=15.0,
    daily_credit_c=100.0,
    credit_import_kwh=0.09,  # 0.03 kW over 3 hours
)
_WITH_FREE_HOURS = replace(_THREE_HOURS, super_export_c=10.0, free_pool_kwh_per_day=50.0)

PRESETS = {
    "zerohero_jul_2026": Preset(
        "ZeroHero from 1 July 2026",
        replace(_WITH_FREE_HOURS, free_start=time(12), free_end=time(15)),
        valid_from=date(2026, 7, 1),
    ),
    "zerohero_before_jul_2026": Preset(
        "ZeroHero until 30 June 2026",
        replace(_WITH_FREE_HOURS, free_start=time(11), free_end=time(14)),
        valid_to=date(2026, 6, 30),
    ),
    "zerohero_3_hour": Preset("Earlier ZeroHero of 3 hours, without free hours", _THREE_HOURS),
    "zerohero_2_hour": Preset(
        "Earliest ZeroHero of 2 hours, without free hours",
        replace(_THREE_HOURS, super_export_end=time(20), super_export_cap_kwh=10.0, credit_import_kwh=0.06),
    ),
    "own": Preset("Another plan, such as FOUR4FREE: only the figures that you enter", Terms()),
}
