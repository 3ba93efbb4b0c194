"""Prices beyond the market's limits are believed once two answers agree on them."""

from datetime import datetime

from app.feeds.market.aemo.limits import PriceLimits
from app.feeds.market.aemo.nem import Reading, Refusal, Spot

_AGREES_WITHIN = 0.05
_Key = tuple[str, datetime, datetime]


class Quarantine:
    """Holds back a price beyond the limits until another answer gives about the same for that interval.

    The limits are those that are known here; a real price above them, in a year whose cap has risen, is admitted by the second answer. The
    same file read twice is one answer."""

    def __init__(self, limits: PriceLimits) -> None:
        self._limits = limits
        self._held: dict[_Key, tuple[float, str]] = {}

    def passed(self, reading: Reading, origin: str) -> Reading:
        """`reading` without the prices that are held; `origin` tells one answer or file from another."""
        admitted, refused = [], list(reading.refused)
        for price in reading.prices:
            if self._admits(price, origin):
                admitted.append(price)
            else:
                words = f"{price.region} at {price.start:%Y-%m-%d %H:%MZ}: beyond the market's limits, held until it is given again"
                refused.append(Refusal(price.region, words))
        return Reading(tuple(admitted), tuple(refused))

    def _admits(self, price: Spot, origin: str) -> bool:
        key, figure = (price.region, price.start, price.end), price.aud_per_mwh
        if self._limits.allow(figure):
            self._held.pop(key, None)
            return True
        before, first_origin = self._held.get(key, (None, origin))
        if before is not None and first_origin != origin and abs(figure - before) <= _AGREES_WITHIN * abs(before):
            return True
        self._held[key] = figure, origin
        return False

    def forget_before(self, instant: datetime) -> None:
        """Drop what concerns intervals that ended before `instant`."""
        self._held = {key: held for key, held in self._held.items() if key[2] >= instant}
