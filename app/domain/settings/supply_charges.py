"""Supply charges: what the plan costs whether or not a kWh flows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.charges import StandingCharges
from app.domain.settings import PolicySettingsType
from app.domain.slips import Doubt, dollars_for_cents

LEAST_DAILY_C, LEAST_MONTHLY_C = 5.0, 100.0  # smaller figures were typed in whole dollars


@dataclass(frozen=True, slots=True)
class SupplyCharges:
    """What the owner reads on the bill; it wins over what the retailer states. None: as the retailer states."""

    daily_c: float | None = field(
        default=None,
        metadata={
            "title": "Supply charge a day",
            "unit": "c",
            "least": 0.0,
            "most": 10_000.0,
            "help": "With tax, in cents: 1.10 $ is 110. Leave it empty to take what your retailer states.",
        },
    )
    monthly_c: float | None = field(
        default=None,
        metadata={
            "title": "Fee a month",
            "unit": "c",
            "least": 0.0,
            "most": 100_000.0,
            "help": "With tax, on top of the daily charge. 25 $ is 2500.",
        },
    )

    @property
    def entered(self) -> StandingCharges:
        """The charges that the owner entered."""
        return StandingCharges(self.daily_c, self.monthly_c)

    def doubts(self) -> Iterator[Doubt]:
        """Charges that were hardly meant so."""
        for name, figure_c, least_c in (("daily_c", self.daily_c, LEAST_DAILY_C), ("monthly_c", self.monthly_c, LEAST_MONTHLY_C)):
            question = dollars_for_cents(figure_c or 0.0, least_c)
            if question:
                yield (name,), question


SETTINGS = PolicySettingsType(
    name="supply_charges",
    type=SupplyCharges,
    title="Supply charges",
    summary="What your plan costs each day and month whether or not you use energy. Costs that PowerSync shows include it.",
)
