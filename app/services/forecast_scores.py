"""How good the forecasts of a site's prices were, per lead time, for people."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.forecast import ForecastScore
from app.models.price import PriceFeed

DAYS = 30


@dataclass(frozen=True, slots=True)
class LeadScore:
    """Forecasts so long ahead against what settled, c/kWh. A positive bias: forecast higher than it came."""

    lead_min: int
    count: int
    import_error_c: float  # mean of the absolute errors
    import_bias_c: float
    feed_in_error_c: float
    feed_in_bias_c: float

    @property
    def lead_in_words(self) -> str:
        """ "30 min", "4 h"."""
        return f"{self.lead_min}\u202fmin" if self.lead_min < 60 else f"{self.lead_min // 60}\u202fh"


def lead_scores(session: Session, connection_id: int, today: date, days: int = DAYS) -> tuple[LeadScore, ...]:
    """The scores of the last `days` days (UTC), in order of lead time; empty before the first forecast has settled."""
    sums = (
        func.sum(ForecastScore.count),
        func.sum(ForecastScore.import_abs_sum_c),
        func.sum(ForecastScore.import_sum_c),
        func.sum(ForecastScore.feed_in_abs_sum_c),
        func.sum(ForecastScore.feed_in_sum_c),
    )
    rows = session.execute(
        select(ForecastScore.lead_min, *sums)
        .join(PriceFeed, PriceFeed.id == ForecastScore.feed_id)
        .where(PriceFeed.connection_id == connection_id, ForecastScore.day > today - timedelta(days=days))
        .group_by(ForecastScore.lead_min)
        .order_by(ForecastScore.lead_min)
    )
    return tuple(LeadScore(lead_min, int(count), *(float(each) / int(count) for each in totals)) for lead_min, count, *totals in rows)
