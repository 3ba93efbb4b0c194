"""The prices of a site as people and programs read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.control import collect
from app.control.connections import Opener, load
from app.control.observe import price_book
from app.control.surroundings import Surroundings
from app.domain.codec import to_json
from app.domain.prices import PriceInterval
from app.domain.sentences import cents, day_and_clock
from app.models.connection import Connection
from app.models.site import Site


@dataclass(frozen=True)
class KnownPrices:
    """What is known from `now` on."""

    now: datetime
    zone: ZoneInfo
    known_until: datetime | None
    intervals: tuple[PriceInterval, ...]
    problem: str | None

    def as_json(self) -> dict[str, Any]:
        """The value of `flask prices --json`."""
        return {
            "now": to_json(self.now),
            "known_until": to_json(self.known_until),
            "intervals": [
                {
                    "start": to_json(each.start),
                    "end": to_json(each.end),
                    "import_c_per_kwh": each.import_c_per_kwh,
                    "feed_in_c_per_kwh": each.feed_in_c_per_kwh,
                    "quality": each.quality.value,
                    "source": each.source,
                }
                for each in self.intervals
            ],
        }

    def as_text(self) -> str:
        """A line per interval, on the site's clock."""
        lines = [
            f"{day_and_clock(each.start, self.zone)}  {cents(each.import_c_per_kwh):>9}  "
            f"{cents(each.feed_in_c_per_kwh):>9}  {each.quality.value}"
            for each in self.intervals
        ]
        return "\n".join(lines or ["No prices are known"])


def known_prices(around: Surroundings, site: Site, now: datetime) -> KnownPrices:
    """The stored prices, fetched first when the retailer has new ones by now. A failed fetch leaves them, with the problem."""
    with around.session() as session:
        retailer = load(session, site.id, "retailer")
    if retailer is None:
        return KnownPrices(now, ZoneInfo(site.timezone), None, (), "this site has no retailer yet")
    collect.fetch_due(around, Opener(around, lambda: now), retailer.id, now)
    with around.session() as session:
        retailer = session.get_one(Connection, retailer.id)
        book = price_book(session, retailer, now)
    if book is None:
        return KnownPrices(now, ZoneInfo(site.timezone), None, (), retailer.problem or "no prices have arrived yet")
    ahead = tuple(each for each in book.intervals if each.end > now)
    return KnownPrices(now, ZoneInfo(site.timezone), book.known_until, ahead, retailer.problem)
