"""One row of Amber's price lists, checked: what is not in the documented form is refused, alone.

Source: Amber's public API schema (`Interval` and its kinds), version 2. Instants are labelled by their END: `nemTime` in UTC+10, `endTime`
in UTC. `startTime` is a second late and is not read. Money is c/kWh with GST. On the feed-in channel a negative figure is paid to the
owner; here, and only here, it is turned round."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from app.domain.prices import Quality, Range, Spike
from app.feeds.retailers.amber.fields import PriceModel

CHANNELS = {"general": "import", "feedIn": "feed_in", "controlledLoad": "controlled_load"}  # theirs → ours
NEM_TIME = timezone(timedelta(hours=10))  # the market keeps UTC+10 all year
FURTHEST_AHEAD = timedelta(days=4)
FURTHEST_BACK = timedelta(days=100)  # the service keeps 90 days
_DURATIONS_MIN = frozenset({5, 15, 30, 60})
_DESCRIPTOR = re.compile(r"[A-Za-z]{1,20}")


class RowRefused(Exception):
    """A row is not in the documented form; the text names the field, never its value."""


@dataclass(frozen=True, slots=True)
class Row:
    """The price of one channel in one interval, in the app's sign."""

    channel: str  # "import", "feed_in", "controlled_load"
    start: datetime  # UTC
    end: datetime  # UTC
    price_c_per_kwh: float
    quality: Quality
    range: Range | None
    spike: Spike
    descriptor: str | None
    renewables_pct: float | None
    spot_c_per_kwh: float | None = None  # without tax


def row_from(item: Any, model: PriceModel, now: datetime) -> Row | None:
    """One element of a price list. None for a channel that is not known here. Raises RowRefused.

    The price is `perKwh` once it is settled (an actual interval, or a current one with `estimate` false). Before that it is Amber's own
    forecast `advancedPrice`, as far as there is one: for the intervals ahead and for the running one alike, so that what the page shows
    for the present agrees with what it showed for the same minutes before."""
    if not isinstance(item, Mapping):
        raise RowRefused("not an object")
    channel = CHANNELS.get(item["channelType"]) if isinstance(item.get("channelType"), str) else ""
    if channel is None:
        return None
    if not channel:
        raise RowRefused("channelType is missing")
    end = _end(item)
    start = end - timedelta(minutes=_duration_min(item))
    if end > now + FURTHEST_AHEAD or start < now - FURTHEST_BACK:
        raise RowRefused("its time is out of reach")
    quality = _quality(item)
    bounds = None if quality is Quality.SETTLED else _bounds(item, channel)
    return Row(
        channel=channel,
        start=start,
        end=end,
        price_c_per_kwh=_settled(item, channel) if quality is Quality.SETTLED else _expected(item, channel, model, bounds),
        quality=quality,
        range=bounds,
        spike=_spike(item.get("spikeStatus")),
        descriptor=_descriptor(item.get("descriptor")),
        renewables_pct=_percent(item.get("renewables")),
        spot_c_per_kwh=_without_gst(item.get("spotPerKwh")),
    )


def in_app_sign(c_per_kwh: float, channel: str) -> float:
    """Amber's figure → ours: on feed-in, negative is paid to the owner there and positive here."""
    return 0.0 - c_per_kwh if channel == "feed_in" else c_per_kwh


def _settled(item: Mapping[str, Any], channel: str) -> float:
    return in_app_sign(_number(item.get("perKwh"), "perKwh"), channel)


def _expected(item: Mapping[str, Any], channel: str, model: PriceModel, bounds: Range | None) -> float:
    """The low model is the lower bound in the app's sign and the high one the upper, on both channels: a day of high prices is one on which
    feeding in pays more. By name it would be ambiguous, as the sign of feed-in may turn Amber's low and high round."""
    advanced = item.get("advancedPrice")
    if bounds is not None and model != "predicted":
        return bounds.low if model == "low" else bounds.high
    if isinstance(advanced, Mapping) and advanced.get(model) is not None:
        return in_app_sign(_number(advanced[model], f"advancedPrice.{model}"), channel)
    return _settled(item, channel)


def _bounds(item: Mapping[str, Any], channel: str) -> Range | None:
    advanced = item.get("advancedPrice")
    if advanced is None:
        return None
    if not isinstance(advanced, Mapping):
        raise RowRefused("advancedPrice is not an object")
    if advanced.get("low") is None or advanced.get("high") is None:
        return None
    ends = [in_app_sign(_number(advanced[name], f"advancedPrice.{name}"), channel) for name in ("low", "high")]
    return Range(min(ends), max(ends))


def _quality(item: Mapping[str, Any]) -> Quality:
    """An unknown kind counts as the least sure; no kind at all is the running interval, as the stream sends it."""
    kind = item.get("type")
    if kind == "ActualInterval":
        return Quality.SETTLED
    if kind is None or kind == "CurrentInterval":
        return Quality.SETTLED if item.get("estimate") is False else Quality.CURRENT
    return Quality.FORECAST


def _end(item: Mapping[str, Any]) -> datetime:
    labels = [_instant(item[name], name) for name in ("nemTime", "endTime") if item.get(name) is not None]
    if not labels:
        raise RowRefused("nemTime and endTime are missing")
    if len(set(labels)) > 1:
        raise RowRefused("nemTime and endTime disagree")
    return labels[0]


def _instant(value: Any, name: str) -> datetime:
    """To the minute in UTC: the seconds of these labels are not to be trusted."""
    if not isinstance(value, str):
        raise RowRefused(f"{name} is not an instant")
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            if name != "nemTime":
                raise RowRefused(f"{name} has no time zone")
            instant = instant.replace(tzinfo=NEM_TIME)
        instant = instant.astimezone(UTC) + timedelta(seconds=30)
    except (ValueError, OverflowError):
        raise RowRefused(f"{name} is not an instant") from None
    return instant.replace(second=0, microsecond=0)


def _duration_min(item: Mapping[str, Any]) -> int:
    value = item.get("duration")
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in _DURATIONS_MIN:
        raise RowRefused("duration is not 5, 15, 30 or 60")
    return int(value)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowRefused(f"{name} is missing" if value is None else f"{name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RowRefused(f"{name} is not a finite number")
    return number


def _percent(value: Any) -> float | None:
    try:
        number = _number(value, "renewables")
    except RowRefused:
        return None
    return number if 0.0 <= number <= 100.0 else None


def _without_gst(value: Any) -> float | None:
    """Amber states the wholesale part with 10 % GST, in the same sign on both channels."""
    try:
        return _number(value, "spotPerKwh") / 1.1
    except RowRefused:
        return None


def _spike(value: Any) -> Spike:
    return Spike(value) if isinstance(value, str) and value in {"potential", "spike"} else Spike.NONE


def _descriptor(value: Any) -> str | None:
    return value if isinstance(value, str) and _DESCRIPTOR.fullmatch(value) else None
