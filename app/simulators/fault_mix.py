"""Which troubles a long run draws, how often, and for how long."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from app.simulators import effects as e
from app.simulators.effects import Effect
from app.simulators.faults import Fault

_Make = Callable[[random.Random], Effect]

# (weight, server, effect, shortest s, longest s)
_MIX: tuple[tuple[float, str, _Make, float, float], ...] = (
    (4, "teslemetry", lambda d: e.Status(408), 60, 900),
    (3, "*", lambda d: e.Status(d.choice((500, 502, 503, 504))), 30, 1200),
    (2, "*", lambda d: e.Status(429, retry_after_s=d.choice((None, 20.0, 37.0, 120.0))), 30, 600),
    (1, "amber", lambda d: e.Status(429, rate_limit_headers=True), 60, 300),
    (1, "*", lambda d: e.Status(401), 60, 1800),
    (1, "teslemetry", lambda d: e.Status(d.choice((402, 403, 404, 421))), 300, 3600),
    (2, "*", lambda d: e.Silence(after=d.random() < 0.5), 30, 600),
    (2, "*", lambda d: e.Reset(after=d.random() < 0.5), 10, 600),
    (1, "*", lambda d: e.Refused(), 60, 3600),
    (1, "*", lambda d: e.Drip(bytes_per_s=200.0, seconds=30.0), 30, 300),
    (2, "*", lambda d: e.HalfAnswer(), 10, 600),
    (1, "*", lambda d: e.WrongLength(by=d.choice((-20, 20))), 10, 300),
    (2, "*", lambda d: e.Latency(d.uniform(1, 9)), 60, 1800),
    (2, "*", lambda d: e.GarbageJson(), 10, 600),
    (1, "*", lambda d: e.Html(), 30, 900),
    (1, "*", lambda d: e.EmptyBody(), 30, 900),
    (1, "*", lambda d: e.SkewedDate(d.choice((-7200.0, 600.0))), 300, 1800),
    (2, "teslemetry", lambda d: e.EmptyResponse(d.choice(("null", "object"))), 30, 900),
    (2, "teslemetry", lambda d: e.StaleTimestamp(d.uniform(600, 7200)), 300, 3600),
    (2, "teslemetry", lambda d: e.MissingCharge(), 60, 1800),
    (2, "teslemetry", lambda d: e.IgnoreWrites(), 60, 1800),
    (2, "teslemetry", lambda d: e.DelayedEffect(d.uniform(60, 400)), 60, 1800),
    (1, "teslemetry", lambda d: e.Revert(d.uniform(120, 1200)), 60, 600),
    (2, "teslemetry", lambda d: e.Rejection(d.choice(("result", "code", "error"))), 30, 900),
    (1, "teslemetry", lambda d: e.AnswerForm(d.choice(("capitals", "result", "empty", "null", "created"))), 600, 3600),
    (3, "amber", lambda d: e.PriceGap(d.choice((1, 1, 2, 8)), d.randint(0, 20)), 300, 3600),
    (2, "amber", lambda d: e.ShortHorizon(d.choice((0.5, 3.0, 5.0))), 600, 10_800),
    (2, "amber", lambda d: e.BadPrice(d.choice(("null", "nan", "text", "absent", "absurd")), 1, d.randint(0, 10)), 300, 1800),
    (1, "amber", lambda d: e.NoFeedIn(), 300, 3600),
    (2, "amber", lambda d: e.Frozen(), 900, 25_200),
    (1, "amber", lambda d: e.RenamedField(), 300, 1800),
    (1, "amber", lambda d: e.MixedDurations(), 1800, 7200),
    (1, "amber", lambda d: e.NoAdvancedPrice(), 1800, 7200),
    (1, "amber_stream", lambda d: e.StreamDropped(), 60, 1800),
    (1, "amber_stream", lambda d: e.StreamForbidden(), 300, 3600),
    (1, "amber_stream", lambda d: e.StreamSilent(), 600, 3600),
    (1, "amber_stream", lambda d: e.StreamGarbage(), 300, 1800),
    (1, "amber_stream", lambda d: e.StreamOtherSite(), 300, 1800),
)
_WEIGHTS = [row[0] for row in _MIX]


def draw_fault(dice: random.Random, at: datetime, end: datetime) -> Fault:
    """One trouble that begins at `at` and is over at `end` at the latest."""
    _, server, make, shortest_s, longest_s = dice.choices(_MIX, _WEIGHTS)[0]
    lasts_s = shortest_s * (longest_s / shortest_s) ** dice.random()
    if server == "*":
        server = dice.choice(("amber", "teslemetry"))
    return Fault(make(dice), server, start=at, end=min(end, at + timedelta(seconds=max(1.0, lasts_s))))
