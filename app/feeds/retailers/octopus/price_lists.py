"""The prices of a tariff from the service's lists, or in words why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.feeds.retailers.octopus.client import VENDOR, DayAndNight, OctopusClient
from app.feeds.retailers.octopus.intervals import LONDON, Listed, Prices, Split
from app.feeds.retailers.octopus.rates import Rate, ends_at, read_rates
from app.feeds.retailers.octopus.tariffs import Tariff, night_hours_of
from app.transports.errors import AnswerNotUnderstood, RequestRefused, VendorError

RETIRED_AFTER = timedelta(hours=24)  # without a price for so long an older version is over, not late


@dataclass(frozen=True, slots=True)
class PricesRead:
    """The prices, and the rows that were refused, in words."""

    prices: Prices
    refused: tuple[str, ...] = ()


class PriceLists:
    """Reads the lists for an owner who pays by `payment_method`, as in the rows ("DIRECT_DEBIT")."""

    def __init__(self, client: OctopusClient, payment_method: str) -> None:
        self._client, self._payment_method = client, payment_method

    def read(self, tariff: Tariff, start: datetime, end: datetime, now: datetime, *, with_vat: bool) -> PricesRead:
        """What is published for `[start, end)`. Raises a VendorError; RequestRefused for a version whose prices have ended."""
        if not tariff.is_split:
            try:
                rates, refused = self._rates(tariff, tariff.standard, start, end, now, with_vat)
            except DayAndNight:
                pass
            else:
                return PricesRead(Listed(rates), refused)
        hours = night_hours_of(tariff)
        day, refused = self._rates(tariff, tariff.day, start, end, now, with_vat)
        night, also_refused = self._rates(tariff, tariff.night, start, end, now, with_vat)
        return PricesRead(Split(Listed(day), Listed(night), hours), (*refused, *also_refused))

    def _rates(
        self, tariff: Tariff, path: str, start: datetime, end: datetime, now: datetime, with_vat: bool
    ) -> tuple[Sequence[Rate], tuple[str, ...]]:
        items = self._client.charges(path, start, end)
        read = read_rates(items, self._payment_method, with_vat=with_vat)
        if read.rates:
            if not tariff.is_on_sale and Listed(read.rates).known_until(end) <= now - RETIRED_AFTER:
                raise self._without_prices(tariff, path, now)
            return read.rates, read.refused
        if read.refused:
            raise AnswerNotUnderstood(VENDOR, f"none of {len(items)} prices is in the documented form: {read.refused[0]}")
        if read.of_others:
            raise RequestRefused(VENDOR, f"{tariff.product} has no price for your way of paying; choose the other one")
        raise self._without_prices(tariff, path, now)

    def _without_prices(self, tariff: Tariff, path: str, now: datetime) -> VendorError:
        """Why a tariff has no price for the present."""
        newest = self._client.newest_charge(path)
        if newest is None:
            return RequestRefused(VENDOR, f"{tariff.product} has never had a price; check the code on your bill")
        ended = ends_at(newest)
        if ended is None or ended > now:
            return AnswerNotUnderstood(VENDOR, f"the prices of {tariff.product} do not cover the present")
        day = ended.astimezone(LONDON)
        over = f"the prices of {tariff.product} ended on {day.day} {day:%B %Y}"
        if tariff.is_on_sale:
            return AnswerNotUnderstood(VENDOR, f"{over}, and nothing has been published since")
        return RequestRefused(VENDOR, f"{over}: choose the newer version, or leave the version empty for the one that new customers get")
