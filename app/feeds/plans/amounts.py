"""Amounts in cents, and a guard against the commonest slip: dollars typed where cents are asked for."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from app.domain.slips import dollars_for_cents

LEAST_C, MOST_C = -100.0, 1000.0  # per kWh; a feed-in below 0 is one that the owner pays for, as network tariffs of two ways ask
MOST_CHARGE_C = 100_000.0
# No plan is that cheap: less was meant in dollars.
_LEAST_PRICE_C, _LEAST_DAILY_C, _LEAST_MONTHLY_C = 1.0, 5.0, 100.0


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("not a number")  # noqa: TRY004
    return value


def _in_cents_from(least_c: float) -> AfterValidator:
    def check(charge_c: float) -> float:
        doubt = dollars_for_cents(charge_c, least_c)
        if doubt:
            raise ValueError(doubt)
        return charge_c

    return AfterValidator(check)


_Number = Annotated[float, BeforeValidator(_no_truth_value)]
PriceC = Annotated[_Number, Field(ge=LEAST_C, le=MOST_C)]
"""c/kWh, tax included."""

DailyC = Annotated[_Number, Field(ge=0, le=MOST_CHARGE_C), _in_cents_from(_LEAST_DAILY_C)]
MonthlyC = Annotated[_Number, Field(ge=0, le=MOST_CHARGE_C), _in_cents_from(_LEAST_MONTHLY_C)]
"""Cents a day or a month, tax included; an amount that can only be dollars is refused."""

AmountC = Annotated[_Number, Field(ge=0, le=MOST_CHARGE_C)]
"""Cents, not below 0."""

EnergyKwh = Annotated[_Number, Field(ge=0, le=1000)]
"""Energy of a day or of some hours, as bills have it."""


def refuse_dollars(import_prices_c: Iterable[float]) -> None:
    """Raise ValueError where all import prices together can only be dollars: each below 1 c/kWh, and not all of them free."""
    prices_c = set(import_prices_c)
    doubts = [dollars_for_cents(each, _LEAST_PRICE_C) for each in sorted(prices_c, reverse=True) if each]
    if doubts and all(doubts):
        raise ValueError(" ".join(doubt for doubt in doubts if doubt))
