"""What a plan costs whether or not a kWh flows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandingCharges:
    """Supply charges, tax included, in the minor unit of the currency; None where nobody has said what they are."""

    daily_c: float | None = None  # per local day
    monthly_c: float | None = None  # per calendar month, on top of the daily one

    def or_else(self, other: "StandingCharges") -> "StandingCharges":
        """These charges, with what is not known here from `other`."""
        return StandingCharges(
            other.daily_c if self.daily_c is None else self.daily_c, other.monthly_c if self.monthly_c is None else self.monthly_c
        )


NO_CHARGES = StandingCharges()
