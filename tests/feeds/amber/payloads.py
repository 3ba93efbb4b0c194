"""Price rows as Amber sends them, made to measure: a test names only what it is about."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

NOW = datetime(2026, 11, 20, 7, 57, 10, tzinfo=UTC)
_NEM = timezone(timedelta(hours=10))


def at(text: str) -> datetime:
    """ "07:55" or "2026-11-20 07:55" → UTC."""
    return datetime.fromisoformat(text if len(text) > 5 else f"2026-11-20 {text}").replace(tzinfo=UTC)


def row(
    end: str | datetime, kind: str = "Actual", channel: str = "general", c: float = 30.0, minutes: int = 5, **other: Any
) -> dict[str, Any]:
    """One row by its END label in UTC; `other` replaces or adds fields, a value of `...` removes one."""
    instant = at(end) if isinstance(end, str) else end
    fields: dict[str, Any] = {
        "type": f"{kind}Interval",
        "date": (instant - timedelta(seconds=1)).astimezone(_NEM).date().isoformat(),
        "duration": minutes,
        "startTime": (instant - timedelta(minutes=minutes) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "endTime": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "nemTime": instant.astimezone(_NEM).isoformat(),
        "perKwh": c,
        "spotPerKwh": abs(c) / 2,
        "renewables": 34.117,
        "channelType": channel,
        "spikeStatus": "none",
        "tariffInformation": None,
        "descriptor": "neutral",
        **({"estimate": True} if kind == "Current" else {}),
        **other,
    }
    return {name: value for name, value in fields.items() if value is not ...}


def advanced(low: float, predicted: float, high: float) -> dict[str, float]:
    return {"low": low, "predicted": predicted, "high": high}


ONE_ANSWER = [  # an answer of three intervals with the fields that the documentation names, feed-in last
    row("07:55", "Actual", c=33.18214, tariffInformation={"period": "peak", "season": "default", "demandWindow": False}),
    row("08:00", "Current", c=34.96051, advancedPrice=advanced(33.1, 35.4206, 41.9)),
    row("08:05", "Forecast", c=38.2117, descriptor="high", range={"min": 12.4, "max": 41.0}, advancedPrice=advanced(34.02, 37.655, 52.8)),
    row("07:55", "Actual", "feedIn", c=-11.7, descriptor="low"),
    row("08:00", "Current", "feedIn", c=-13.2004, descriptor="low", advancedPrice=advanced(-12.1, -13.61, -19.2)),
    row("08:05", "Forecast", "feedIn", c=-15.9, descriptor="low", advancedPrice=advanced(-14.2, -15.5, -28.3)),
]
