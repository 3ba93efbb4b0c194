"""The words around the figures of the prices page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.prices import Quality
from app.services.price_history import Freshness, Mark, PriceDay
from app.web.filters import local_date, number


@dataclass(frozen=True, slots=True)
class Words:
    """One line of context per figure, the title of the day, and the links to the days beside it."""

    unit: str
    title: str
    pay: str
    paid: str
    dearest: str
    cheapest: str
    highest: str
    lowest: str
    highest_feed_in: str
    lowest_feed_in: str
    days: list[tuple[str, str, bool]]  # words, address, is shown
    has_negative: bool
    has_estimate: bool


def words_for(day: PriceDay, link: Callable[..., str]) -> Words:
    """All words of one page. `link` makes an address of this area."""
    unit = "p" if day.currency == "GBP" else "c"
    rows = day.rows
    return Words(
        unit=unit,
        title="Today and tomorrow" if day.is_today else f"{day.day:%A} {day.day.day} {day.day:%B}",
        pay=_beside_now(day, unit, is_import=True),
        paid=_beside_now(day, unit, is_import=False),
        dearest=_ahead(day.dearest_ahead, day),
        cheapest=_ahead(day.cheapest_ahead, day),
        highest=f"import at {_clock(day.highest, day)}" if day.highest and day.is_today else _at(day.highest, day),
        lowest=_at(day.lowest, day),
        highest_feed_in=_at(day.highest_feed_in, day),
        lowest_feed_in=_at(day.lowest_feed_in, day),
        days=_days(day, link),
        has_negative=any((each or 0) < 0 for row in rows for each in (row.import_c, row.feed_in_c)),
        has_estimate=any(row.quality is Quality.ESTIMATE for row in rows),
    )


def moment(instant: datetime, day: PriceDay) -> str:
    """ "16:30", "16:30 tomorrow", "Mon 16:30": an instant as seen from now."""
    local, today = instant.astimezone(day.zone), day.now.astimezone(day.zone).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if local.date() == today + timedelta(days=1):
        return "midnight" if clock == "00:00" else f"{clock} tomorrow"
    if local.date() == today + timedelta(days=2) and clock == "00:00":
        return "midnight tomorrow"
    return f"{clock} yesterday" if local.date() == today - timedelta(days=1) else f"{local_date(local.date())}, {clock}"


def _beside_now(day: PriceDay, unit: str, *, is_import: bool) -> str:
    present = day.present
    if present is None:
        return "no price yet"
    if not is_import and not present.has_feed_in:
        return "your account has no feed-in price"
    last, following = present.last, present.following
    if last is None:
        return "no price yet"
    price = last.import_c_per_kwh if is_import else last.feed_in_c_per_kwh
    if present.freshness is Freshness.LOST:
        return f"No price. The last one was {number(price, 1)}\u202f{unit} at {moment(last.start, day)}."
    if present.freshness is Freshness.LATE or last.end <= day.now:
        return f"since {moment(last.start, day)}, no newer price yet"
    after = (following.import_c_per_kwh if is_import else following.feed_in_c_per_kwh) if following else None
    return f"until {moment(last.end, day)}" + (f", then {number(after, 1)}" if after is not None else "")


def _ahead(mark: Mark | None, day: PriceDay) -> str:
    if mark is None:
        return "no forecast"
    local = mark.at.astimezone(day.zone)
    is_today = local.date() == day.now.astimezone(day.zone).date()
    return f"{'today' if is_today else 'tomorrow'} {local:%H:%M}" + (", spike possible" if mark.is_warned else "")


def _at(mark: Mark | None, day: PriceDay) -> str:
    return f"at {_clock(mark, day)}" if mark else "not known"


def _clock(mark: Mark, day: PriceDay) -> str:
    return f"{mark.at.astimezone(day.zone):%H:%M}"


def _days(day: PriceDay, link: Callable[..., str]) -> list[tuple[str, str, bool]]:
    days = []
    if day.earlier:
        days.append((f"{local_date(day.earlier)}", link("prices.show", day=day.earlier), False))
    if not day.is_today:
        days.append((local_date(day.day), link("prices.show"), True))
        if day.later and day.later < day.now.astimezone(day.zone).date():
            days.append((local_date(day.later), link("prices.show", day=day.later), False))
        days.append(("Today", link("prices.show", day=None), False))
    elif days:
        days.append(("Today", link("prices.show", day=None), True))
    return days
