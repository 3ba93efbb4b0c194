"""From Amber's price lists to the app's intervals: a pure function of the list, the site and the moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.prices import PriceInterval, Quality, Spike
from app.feeds.retailers.amber.fields import PriceModel
from app.feeds.retailers.amber.rows import Row, RowRefused, row_from

SOURCE = "amber"
_NAMED_REFUSALS = 20
_SURENESS = (Quality.SETTLED, Quality.CURRENT, Quality.FORECAST, Quality.ESTIMATE)
_ALARM = (Spike.NONE, Spike.POTENTIAL, Spike.SPIKE)


@dataclass(frozen=True, slots=True)
class ReadRows:
    """The rows of one list that could be read, and the others in words."""

    rows: tuple[Row, ...]
    refused: tuple[str, ...]


def read_rows(items: Sequence[Any], model: PriceModel, now: datetime, admits: Callable[[Row], bool] = lambda row: True) -> ReadRows:
    """Each element for itself: a bad one is left out and named, the others count. `admits` says whether a price can be believed."""
    rows: list[Row] = []
    refused: list[str] = []
    for number, item in enumerate(items):
        try:
            row = row_from(item, model, now)
        except RowRefused as reason:
            refused.append(f"price {number + 1}: {reason}")
            continue
        if row is None:
            continue
        if admits(row):
            rows.append(row)
        else:
            refused.append(f"{row.channel} price at {row.start:%Y-%m-%d %H:%MZ}: beyond the market's limits, held until it is given again")
    if len(refused) > _NAMED_REFUSALS:
        refused[_NAMED_REFUSALS:] = [f"and {len(refused) - _NAMED_REFUSALS} more"]
    return ReadRows(tuple(rows), tuple(refused))


def joined(rows: Iterable[Row], has_feed_in: bool) -> tuple[PriceInterval, ...]:
    """One interval per (start, end), in order, from the rows of its channels; of two rows for the same the later one counts.

    A side without a row is None. Only where the site itself has no feed-in meter (`has_feed_in` false: its list of channels says so) is
    the feed-in price a known 0: there is nothing to be paid for. That rows are absent never makes a price."""
    parts: dict[tuple[datetime, datetime], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        parts[row.start, row.end][row.channel] = row
    feeds_in = has_feed_in or any("feed_in" in channels for channels in parts.values())
    return tuple(_interval(start, end, channels, feeds_in) for (start, end), channels in sorted(parts.items(), key=lambda part: part[0]))


def _interval(start: datetime, end: datetime, rows: Mapping[str, Row], has_feed_in: bool) -> PriceInterval:
    bought, sold, controlled = rows.get("import"), rows.get("feed_in"), rows.get("controlled_load")
    described = bought or controlled or sold
    return PriceInterval(
        start=start,
        end=end,
        import_c_per_kwh=bought.price_c_per_kwh if bought else None,
        feed_in_c_per_kwh=sold.price_c_per_kwh if sold else (None if has_feed_in else 0.0),
        quality=max((row.quality for row in rows.values()), key=_SURENESS.index),  # as sure as the least sure of them
        source=SOURCE,
        controlled_load_c_per_kwh=controlled.price_c_per_kwh if controlled else None,
        import_range=bought.range if bought else None,
        feed_in_range=sold.range if sold else None,
        spike=max((row.spike for row in rows.values()), key=_ALARM.index),
        descriptor=described.descriptor if described else None,
        renewables_pct=described.renewables_pct if described else None,
        spot_c_per_kwh=described.spot_c_per_kwh if described else None,
    )


def channels_of(rows: Iterable[Row]) -> frozenset[str]:
    """Of "import", "feed_in", "controlled_load": those that have a row."""
    return frozenset(row.channel for row in rows)


def known_until(rows: Iterable[Row]) -> datetime | None:
    """The end of the furthest import price. A gap on the way stays visible as a missing price; it does not shorten the horizon."""
    return max((row.end for row in rows if row.channel == "import"), default=None)
