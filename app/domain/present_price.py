"""The price of this moment, as policies that act at once need it: measured or published, and not old."""

from datetime import timedelta

from app.domain.prices import PriceInterval
from app.domain.snapshot import Snapshot
from app.domain.source_chain import FRESH_FOR, newest_actual

COMMANDS_END_AFTER = timedelta(minutes=15)  # the end of a price: what rests on it ends then, whatever happens to the source


def present_price(snapshot: Snapshot) -> PriceInterval | None:
    """The running interval, or the last one up to 7 minutes after its end; None where it is older, only forecast or not known."""
    if snapshot.prices is None:
        return None
    present = newest_actual(snapshot.prices, snapshot.now)
    return present if present is not None and snapshot.now - present.end <= FRESH_FOR else None
