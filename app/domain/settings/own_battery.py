"""What the owner knows of the battery and the device may not say: its size, its losses, what a kWh of wear costs."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class OwnBattery:
    """The owner's figures win over the device's. None: as the device says."""

    usable_wh: float | None = field(
        default=None,
        metadata={
            "title": "Usable capacity",
            "unit": "Wh",
            "least": 500.0,
            "most": 1_000_000.0,
            "help": "13.5 kWh is 13500. Leave it empty to take what your battery says.",
        },
    )
    max_charge_w: float | None = field(
        default=None,
        metadata={
            "title": "Highest charging power",
            "unit": "W",
            "least": 100.0,
            "most": 200_000.0,
            "help": "Empty: as your battery says.",
        },
    )
    max_discharge_w: float | None = field(
        default=None,
        metadata={
            "title": "Highest discharging power",
            "unit": "W",
            "least": 100.0,
            "most": 200_000.0,
            "help": "Empty: as your battery says.",
        },
    )
    round_trip_pct: float = field(
        default=90.0,
        metadata={
            "title": "Of a stored kWh comes back",
            "unit": "%",
            "least": 50.0,
            "most": 100.0,
            "help": "Until your own records show it; the Battery page says what was measured.",
        },
    )
    wear_c_per_kwh: float | None = field(
        default=None,
        metadata={
            "title": "Wear of a discharged kWh",
            "unit": "c",
            "least": 0.0,
            "most": 200.0,
            "help": "Price of the battery ÷ the kWh that its warranty covers. Shown on the Battery and Money pages, never subtracted.",
        },
    )


SETTINGS = PolicySettingsType(
    name="own_battery",
    type=OwnBattery,
    title="Your battery",
    summary="Its size and losses, where it does not say them itself: plans and comparisons reckon with these figures.",
)
