"""Whether the meter shows what the gateway was told: it accepts limits that it does not carry out.

Source: owners measured 10 to 20 s on D8.3.5232 until a limit acts, and up to 5 minutes before."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PATIENCE_S: Final = 300.0
_LEEWAY_W: Final = 150.0  # the home's use goes up and down faster than the limit follows
_LEEWAY_SHARE: Final = 0.03


class Effect(StrEnum):
    """What the meter shows of a limit."""

    KEPT = "kept"
    WAITING = "waiting"  # more than the limit, not for long yet
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit that is set, W, with what kind of limit it is."""

    limit_w: float
    kind: str


class EffectWatch:
    """Looks at each reading; begins anew with another limit, and when the limit was sent again."""

    def __init__(self) -> None:
        self._limited: Limited | None = None
        self._over_since_s: float | None = None

    def begin(self) -> None:
        """The limit was sent just now."""
        self._over_since_s = None

    def look(self, limited: Limited | None, measured_w: float | None, at_s: float) -> Effect | None:
        """`measured_w`: what is limited, as it is at `at_s` (monotonic); None where there is no limit, or nothing that measures it."""
        if limited != self._limited:
            self._limited, self._over_since_s = limited, None
        if limited is None or measured_w is None:
            return None
        if measured_w <= limited.limit_w + max(_LEEWAY_W, _LEEWAY_SHARE * limited.limit_w):
            self._over_since_s = None
            return Effect.KEPT
        if self._over_since_s is None:
            self._over_since_s = at_s
        return Effect.MISSED if at_s - self._over_since_s >= PATIENCE_S else Effect.WAITING
