"""Octopus as a retailer: prices that are published ahead and do not change afterwards."""

import threading
from datetime import UTC, datetime, time, timedelta

from app.domain.charges import StandingCharges
from app.domain.tariffs.half_hourly import half_hour_start
from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.retailers.octopus.client import VENDOR, OctopusClient
from app.feeds.retailers.octopus.fields import OctopusFields
from app.feeds.retailers.octopus.intervals import LONDON, Fixed, joined
from app.feeds.retailers.octopus.price_lists import PriceLists, PricesRead
from app.feeds.retailers.octopus.supply import Supply, find_supply
from app.transports.context import Context
from app.transports.errors import RequestRefused, VendorError

EVERY = timedelta(minutes=30)
EVERY_WHILE_AWAITED = timedelta(minutes=10)
PUBLISHED_FROM = time(16)  # London; usually by 16:30, now and then after 20:00
DAY_ENDS = time(23)  # London: what is published reaches to here
HORIZON = timedelta(hours=48)  # of prices without an end
HISTORY = timedelta(hours=48)
SUPPLY_KEPT_S = 24 * 3600.0
REFUSAL_KEPT_S = 600.0  # an owner's mistake is not sent again each time prices are asked for
_SLACK = timedelta(seconds=5)  # a job that starts a moment early is on time


def open_octopus(fields: OctopusFields, context: Context) -> "OctopusFeed":
    """The feed of one home. Nothing is sent on opening."""
    return OctopusFeed(fields, context)


class OctopusFeed:
    """Prices of one home: FetchesAhead. Safe between threads.

    `fetch_ahead` takes one call for import and one for export; once a day some more tell the tariffs and the standing charge."""

    is_published_ahead = True

    def __init__(self, fields: OctopusFields, context: Context) -> None:
        self._fields, self._context = fields, context
        self._client = OctopusClient(context, f"{fields.product} {fields.region}".strip())
        self._lists = PriceLists(self._client, fields.payment_method.upper())
        self._lock = threading.Lock()
        self._supply: Supply | None = None
        self._supply_read_at_s = 0.0
        self._refusal: tuple[float, str] | None = None

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Every half-hour; every 10 minutes while something that is usually published by now is awaited."""
        if state.as_of is None:
            return True
        is_awaited = state.known_until is None or state.known_until < published_until(now)
        return now - state.as_of >= (EVERY_WHILE_AWAITED if is_awaited else EVERY) - _SLACK

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """Everything published for the next 48 h, and the last 48 h. Raises a VendorError.

        Prices end where those of import or export do, whichever is first."""
        self._raise_kept_refusal()
        try:
            return self._fetch(now)
        except RequestRefused as error:
            with self._lock:
                self._refusal = (self._context.pace.monotonic(), error.message)
            raise

    def _fetch(self, now: datetime) -> PriceAnswer:
        supply = self._known_supply(now)
        running = half_hour_start(now)
        start, end = running - HISTORY, running + HORIZON
        bought = self._lists.read(supply.bought, start, end, now, with_vat=self._fields.include_vat)
        if isinstance(supply.sold, float):
            sold = PricesRead(Fixed(supply.sold))
        elif supply.sold is supply.bought and self._fields.include_vat:
            sold = bought
        else:
            sold = self._lists.read(supply.sold, start, end, now, with_vat=True)
        return PriceAnswer(
            joined(bought.prices, sold.prices, start, end),
            now,
            min(bought.prices.known_until(end), sold.prices.known_until(end)),
            self._channels(supply),
            (*bought.refused, *(sold.refused if sold is not bought else ()), *supply.doubts),
            StandingCharges(daily_c=supply.daily_p) if supply.daily_p is not None else None,
        )

    def _channels(self, supply: Supply) -> frozenset[str]:
        is_paid = not isinstance(supply.sold, float) or self._fields.export_fixed_c is not None
        return frozenset({"import", "feed_in"}) if is_paid else frozenset({"import"})

    def _known_supply(self, now: datetime) -> Supply:
        """The tariffs, found once and again after a day. If they cannot be found then, the known ones go on: prices do not wait for a list.
        Raises a VendorError where none are known."""
        now_s = self._context.pace.monotonic()
        with self._lock:
            known = self._supply
            if known is not None and not known.doubts and now_s - self._supply_read_at_s < SUPPLY_KEPT_S:
                return known
        try:
            supply = find_supply(self._client, self._fields, now)
        except VendorError:
            if known is None:
                raise
            return known
        with self._lock:
            self._supply, self._supply_read_at_s = supply, now_s
        return supply

    def _raise_kept_refusal(self) -> None:
        with self._lock:
            kept = self._refusal
            if kept is None:
                return
            if self._context.pace.monotonic() - kept[0] >= REFUSAL_KEPT_S:
                self._refusal = None
                return
        raise RequestRefused(VENDOR, kept[1])


def published_until(now: datetime) -> datetime:
    """Up to when (UTC) daily prices are usually published at `now`: tonight, from 16:00 in London on tomorrow night."""
    local = now.astimezone(LONDON)
    day = local.date() + (timedelta(days=1) if local.time() >= PUBLISHED_FROM else timedelta(0))
    return datetime.combine(day, DAY_ENDS, LONDON).astimezone(UTC)
