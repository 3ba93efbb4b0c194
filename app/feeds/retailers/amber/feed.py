"""Amber as a retailer: what is asked when, within 50 calls in 5 minutes for the whole account."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from app.feeds.capabilities import FeedState, PriceAnswer
from app.feeds.retailers.amber.client import VENDOR, AmberClient
from app.feeds.retailers.amber.fields import AmberFields
from app.feeds.retailers.amber.intervals import ReadRows, channels_of, joined, known_until, read_rows
from app.feeds.retailers.amber.quarantine import Quarantine
from app.feeds.retailers.amber.rows import Row
from app.feeds.retailers.amber.sites import AmberSite, chosen_site, market_in, sites_from
from app.feeds.retailers.amber.stream import WS_URL, AmberStream
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, CredentialsRefused, RateLimited, RequestRefused, VendorError

HORIZON_HALF_HOURS = 96  # 48 h; the service gives as many as it has
NEAR_INTERVALS = 12  # 5-minute prices for the hour to come
LEAST_BACK = 12  # intervals looked back at each time: settled prices come late now and then
HISTORY = timedelta(hours=24)  # what the first call fetches of the past
PERIOD_S = 300
STAGES_S = (0, 35, 60)  # of each 5-minute period: the estimate, the settled price, and a last look where it was late
SITE_KEPT_S = 6 * 3600.0  # a feed-in approval or a closure shows up within hours
_HALF_HOUR_MIN = 30


def open_amber(fields: AmberFields, context: Context) -> "AmberFeed":
    """The feed of one site. Nothing is sent on opening."""
    return AmberFeed(fields, context)


class AmberFeed:
    """Prices of one Amber site: FetchesAhead, FetchesPresent, StreamsPrices and FollowsMarket. Safe between threads.

    `fetch_ahead` takes two calls (one where 30 minutes are billed), `fetch_present` one; the list of sites is read once in 6 hours."""

    is_published_ahead = False

    def __init__(self, fields: AmberFields, context: Context) -> None:
        self._fields, self._context = fields, context
        self._client = AmberClient(fields.token.get_secret_value(), context)
        self._quarantine = Quarantine()
        self._lock = threading.Lock()
        self._site: AmberSite | None = None
        self._site_read_at_s = 0.0
        self._pushed_rows: dict[str, Row] = {}  # channel → its newest row from the stream
        self._near_until: datetime | None = None  # up to here the past has been fetched

    def is_due(self, state: FeedState, now: datetime) -> bool:
        """Whether a stage of the running 5-minute period has begun since prices last came."""
        if state.as_of is None:
            return True
        into_s = now.timestamp() % PERIOD_S
        stage_s = max(stage for stage in STAGES_S if stage <= into_s)
        return (now - state.as_of).total_seconds() > into_s - stage_s

    def market_region(self) -> str | None:
        """The market region that its network lies in; until the site has been read, the one of the home's clock."""
        with self._lock:
            known = self._site.timezone if self._site is not None else None
        return market_in(known or self._context.zone.key)

    def fetch_ahead(self, now: datetime) -> PriceAnswer:
        """The half-hours ahead, and in 5-minute steps the hour to come and what settled since the last call (24 h at first).

        The two overlap, as the service gives them; the finer one counts. Raises a VendorError when the horizon cannot be read; when only
        the finer prices cannot, the answer says so in `quarantined`."""
        site = self._known_site()
        back = self._intervals_back(now, site.interval_min)
        if site.interval_min == _HALF_HOUR_MIN:
            far = self._read(site, now, _HALF_HOUR_MIN, HORIZON_HALF_HOURS, back)
            self._fetched_until(now)
            return self._answer(site, far.rows, far.refused, now, known_until(far.rows))
        far = self._read(site, now, _HALF_HOUR_MIN, HORIZON_HALF_HOURS, None)
        try:
            near = self._read(site, now, site.interval_min, NEAR_INTERVALS, back)
        except CredentialsRefused:
            raise
        except VendorError as error:
            near = ReadRows((), (f"5-minute prices are missing: {error}",))
        else:
            self._fetched_until(now)
        rows = (*far.rows, *near.rows)
        return self._answer(site, rows, (*far.refused, *near.refused), now, known_until(rows))

    def fetch_present(self, now: datetime) -> PriceAnswer:
        """The running interval and the two before it, with one call. Raises a VendorError."""
        site = self._known_site()
        read = self._read(site, now, site.interval_min, None, 2)
        return self._answer(site, read.rows, read.refused, now, None)

    def stream(
        self,
        clock: Callable[[], datetime],
        on_prices: Callable[[PriceAnswer], None],
        on_state: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        """The running interval as it is pushed; see AmberStream."""
        AmberStream(
            url=self._context.base_url(WS_URL),
            token=self._fields.token.get_secret_value(),
            pace=self._context.pace,
            site_id=lambda: self._known_site().site_id,
            answer_from=self._pushed,
        ).run(clock, on_prices, on_state, stop)

    def _pushed(self, items: Sequence[Any], now: datetime) -> PriceAnswer:
        """What the stream brought. The site is known by then: the stream subscribes with its id."""
        site = self._known_site()
        read = read_rows(items, self._fields.price_model, now, self._quarantine.admits)
        return self._answer(site, self._with_other_channels(read.rows), read.refused, now, None)

    def _with_other_channels(self, rows: Sequence[Row]) -> Sequence[Row]:
        """`rows` of one message and those of earlier ones for the same interval: the channels may come one by one, and a side that has
        been given must not go missing by that."""
        intervals = {(row.start, row.end) for row in rows}
        if len(intervals) != 1:
            return rows
        with self._lock:
            self._pushed_rows = {key: row for key, row in self._pushed_rows.items() if (row.start, row.end) in intervals}
            self._pushed_rows.update({row.channel: row for row in rows})
            return tuple(self._pushed_rows.values())

    def _read(self, site: AmberSite, now: datetime, resolution_min: int, ahead: int | None, back: int | None) -> ReadRows:
        items = self._client.current_prices(site.site_id, resolution_min, ahead=ahead, back=back)
        read = read_rows(items, self._fields.price_model, now, self._quarantine.admits)
        if items and not read.rows and read.refused:
            raise AnswerNotUnderstood(VENDOR, f"none of {len(items)} prices is in the documented form: {read.refused[0]}")
        self._quarantine.forget_before(now - HISTORY)
        return read

    @staticmethod
    def _answer(site: AmberSite, rows: Sequence[Row], refused: Sequence[str], now: datetime, until: datetime | None) -> PriceAnswer:
        return PriceAnswer(joined(rows, site.has_feed_in), now, until, channels_of(rows), tuple(refused))

    def _known_site(self) -> AmberSite:
        """The site, read once and again after 6 hours. If the list cannot be read, the known site goes on, or the one whose id was given:
        prices do not wait for a list. Raises a VendorError where no site is known at all."""
        now_s = self._context.pace.monotonic()
        with self._lock:
            known = self._site
            if known is not None and now_s - self._site_read_at_s < SITE_KEPT_S:
                return known
        try:
            site = chosen_site(sites_from(self._client.sites()), self._fields.site_id)
        except CredentialsRefused:
            raise
        except VendorError as error:
            site = self._without_the_list(known, error)
            if site is not known:
                return site  # asked for again at the next call
        with self._lock:
            self._site, self._site_read_at_s = site, now_s
        return site

    def _without_the_list(self, known: AmberSite | None, error: VendorError) -> AmberSite:
        """The known site, or the one whose id the owner gave. Raises `error` where there is neither, and where the vendor said no."""
        if known is not None:
            return known
        if not self._fields.site_id or isinstance(error, RequestRefused | RateLimited):
            raise error
        return AmberSite.unlisted(self._fields.site_id)

    def _intervals_back(self, now: datetime, interval_min: int) -> int:
        """So many settled intervals that nothing since the last call is missed, at most 24 h."""
        with self._lock:
            since = max(self._near_until or now - HISTORY, now - HISTORY)
        missed = ceil(max(now - since, timedelta(0)) / timedelta(minutes=interval_min))
        return max(missed, LEAST_BACK if interval_min < _HALF_HOUR_MIN else 2)

    def _fetched_until(self, now: datetime) -> None:
        with self._lock:
            self._near_until = now
