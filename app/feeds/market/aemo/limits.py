"""The market's price limits, by financial year (1 July to 30 June)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class PriceCap:
    """The market price cap of one financial year."""

    aud_per_mwh: float
    is_confirmed: bool  # found in two independent places


# First calendar year of the financial year → its cap. AEMC sets it each year in its schedule of reliability settings.
MARKET_PRICE_CAPS: Final[Mapping[int, PriceCap]] = {
    2022: PriceCap(15_500, is_confirmed=False),
    2023: PriceCap(16_600, is_confirmed=True),
    2024: PriceCap(17_500, is_confirmed=False),
    2025: PriceCap(20_300, is_confirmed=False),  # the cumulative price threshold of that year, divided by 90, comes near it
    2026: PriceCap(23_200, is_confirmed=False),
}
MARKET_FLOOR_AUD_PER_MWH: Final = -1_000.0  # the same every year since the market began


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """What a price can be without a second look."""

    caps: Mapping[int, PriceCap] = field(default_factory=lambda: MARKET_PRICE_CAPS)
    floor_aud_per_mwh: float = MARKET_FLOOR_AUD_PER_MWH

    def allow(self, aud_per_mwh: float) -> bool:
        """Whether a price lies within the floor and the highest cap of any year.

        Not the cap of its own year: some of these figures are unconfirmed, and one that is too low would hold back a real price in the very
        minutes that matter most."""
        return self.floor_aud_per_mwh <= aud_per_mwh <= max(cap.aud_per_mwh for cap in self.caps.values())
