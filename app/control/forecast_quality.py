"""How good forecasts are: what was forecast is remembered at certain lead times, and compared once it is settled."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.control.price_rows import stored_intervals
from app.domain.prices import PriceBook, PriceInterval, Quality, without_overlap
from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start, mean_price
from app.models.forecast import ForecastSample, ForecastScore
from app.models.price import PriceFeed

LEADS_MIN = (30, 60, 120, 240, 480, 720, 1440)
SETTLES_WITHIN = timedelta(minutes=10)  # after the end of the half-hour; prices are revised for some minutes
GIVEN_UP_AFTER = timedelta(days=3)


def remember(session: Session, feed: PriceFeed, intervals: Sequence[PriceInterval], now: datetime) -> None:
    """Keep what is forecast for the half-hours at each lead time from the running half-hour. The caller commits."""
    running = half_hour_start(now)
    ahead = without_overlap(each for each in intervals if each.end > running)
    book = PriceBook(ahead, now, ahead[-1].end if ahead else None)
    for lead_min in LEADS_MIN:
        start = running + timedelta(minutes=lead_min)
        mean = mean_price(book.between(start, start + HALF_HOUR), start, start + HALF_HOUR)
        if mean is not None and mean.quality is Quality.FORECAST and session.get(ForecastSample, (feed.id, start, lead_min)) is None:
            session.add(ForecastSample(feed_id=feed.id, start=start, lead_min=lead_min, import_c=mean.import_c, feed_in_c=mean.feed_in_c))


def is_first_of_half_hour(last_ahead_at: datetime | None, now: datetime) -> bool:
    """Whether nothing has been forecast in the running half-hour yet."""
    return last_ahead_at is None or half_hour_start(last_ahead_at) != half_hour_start(now)


def score(session: Session, now: datetime) -> int:
    """Compare every remembered forecast whose half-hour is settled; returns how many. Commits."""
    due = list(session.scalars(select(ForecastSample).where(ForecastSample.start <= now - HALF_HOUR - SETTLES_WITHIN)))
    by_feed: dict[int, list[ForecastSample]] = defaultdict(list)
    for sample in due:
        by_feed[sample.feed_id].append(sample)
    scored = sum(_score_feed(session, feed_id, samples, now) for feed_id, samples in by_feed.items())
    session.commit()
    return scored


def _score_feed(session: Session, feed_id: int, samples: list[ForecastSample], now: datetime) -> int:
    feed = session.get_one(PriceFeed, feed_id)
    first, last = min(each.start for each in samples), max(each.start for each in samples)
    settled = without_overlap(
        each for each in stored_intervals(session, feed, "", first - HALF_HOUR, last + HALF_HOUR) if each.quality is Quality.SETTLED
    )
    book = PriceBook(settled, now, None)
    scored = 0
    for sample in samples:
        mean = mean_price(book.between(sample.start, sample.start + HALF_HOUR), sample.start, sample.start + HALF_HOUR)
        if mean is not None:
            _add(session, sample, mean.import_c, mean.feed_in_c)
            scored += 1
        if mean is not None or sample.start < now - GIVEN_UP_AFTER:
            session.delete(sample)
    return scored


def _add(session: Session, sample: ForecastSample, import_c: float, feed_in_c: float) -> None:
    key = (sample.feed_id, sample.start.date(), sample.lead_min)
    row = session.get(ForecastScore, key)
    if row is None:
        nothing = dict.fromkeys(("import_sum_c", "import_abs_sum_c", "feed_in_sum_c", "feed_in_abs_sum_c"), 0.0)
        row = ForecastScore(feed_id=key[0], day=key[1], lead_min=key[2], count=0, **nothing)
        session.add(row)
    row.count += 1
    row.import_sum_c += sample.import_c - import_c
    row.import_abs_sum_c += abs(sample.import_c - import_c)
    row.feed_in_sum_c += sample.feed_in_c - feed_in_c
    row.feed_in_abs_sum_c += abs(sample.feed_in_c - feed_in_c)


def forget_before(session: Session, day: date) -> None:
    """Delete the scores of days before `day`. The caller commits."""
    session.execute(delete(ForecastScore).where(ForecastScore.day < day))
