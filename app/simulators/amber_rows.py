"""Amber's price rows: the JSON form of one interval on one channel (Amber public API, "Interval" and its three kinds)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.simulators.market import NEM, SLOT_S, Market, Quote

Row = dict[str, Any]
GENERAL, CONTROLLED_LOAD, FEED_IN = "general", "controlledLoad", "feedIn"
_ADVANCED_HOURS = 26


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one interval; ends carry the name, starts are one second late."""

    date: str
    nem_time: str
    start_time: str
    end_time: str

    @classmethod
    def of(cls, start_s: int, minutes: int) -> "Labels":
        start = datetime.fromtimestamp(start_s, UTC)
        end = start + timedelta(minutes=minutes)
        nem_end = end.astimezone(NEM)
        return cls(
            (nem_end - timedelta(seconds=1)).date().isoformat(),
            nem_end.isoformat(),
            (start + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


class PriceRows:
    """Rows of one site's market; labels and settled rows are kept, because the same ones are asked for again and again."""

    def __init__(self, market: Market, demand_tariff: bool = False) -> None:
        self.market = market
        self._demand_tariff = demand_tariff
        self._fixed: dict[tuple[str, int, int], Row] = {}
        self._blends: tuple[tuple[int, bool], dict[tuple[int, int], Quote]] = ((-1, False), {})

    def channel(self, channel: str, first: int, last: int, minutes: int, now: datetime) -> list[Row]:
        """Rows of [first, last) (indexes of five minutes), each `minutes` long, as they are known at `now`."""
        step = minutes * 60 // SLOT_S
        return [self.row(channel, index, minutes, now) for index in range(first // step * step, last, step)]

    def row(self, channel: str, index: int, minutes: int, now: datetime) -> Row:
        """One row; `index` is the first interval of five minutes in it."""
        step = minutes * 60 // SLOT_S
        present = int(now.timestamp()) // SLOT_S
        quote = self.market.quote(index, now) if step == 1 else self._blend(index, step, now)
        kind = "ActualInterval" if index + step <= present else "CurrentInterval" if index <= present else "ForecastInterval"
        general_c = self.market.import_c(index, quote.spot_c)
        per_kwh = _price_on(channel, self.market, index, quote.spot_c)
        row: Row = {
            "type": kind,
            "perKwh": round(per_kwh, 5),
            "spotPerKwh": quote.spot_c,
            "spikeStatus": _spike_status(kind, quote),
            "descriptor": _descriptor(general_c if channel != FEED_IN else 14 - per_kwh),
            **self._fixed_part(channel, index, minutes),
        }
        if kind == "ActualInterval":
            return row
        if kind == "CurrentInterval":
            row["estimate"] = quote.estimate
        if quote.high_c - quote.low_c > max(15.0, 0.9 * abs(quote.spot_c)):
            row["range"] = {"min": round(quote.low_c, 4), "max": round(quote.high_c, 4)}
        is_late_half_hour = minutes == 30 and index + step - 1 == present
        if (index - present) * SLOT_S <= _ADVANCED_HOURS * 3600 and not is_late_half_hour:
            row["advancedPrice"] = {
                "low": round(_price_on(channel, self.market, index, quote.low_c), 4),
                "predicted": round(_price_on(channel, self.market, index, quote.predicted_c), 4),
                "high": round(_price_on(channel, self.market, index, quote.high_c), 4),
            }
        return row

    def _blend(self, index: int, step: int, now: datetime) -> Quote:
        """A half hour is the mean of its intervals: those that are over are final, the rest as they are forecast."""
        present = int(now.timestamp()) // SLOT_S
        known = present, now >= self.market.confirmed_at(present)
        state, blends = self._blends
        if state != known:
            blends = {}
            self._blends = (known, blends)
        blend = blends.get((index, step))
        if blend is None:
            quotes = [self.market.quote(each, now) for each in range(index, index + step)]
            blend = blends[index, step] = Quote(
                round(sum([quote.spot_c for quote in quotes]) / step, 5),
                sum([quote.low_c for quote in quotes]) / step,
                sum([quote.predicted_c for quote in quotes]) / step,
                sum([quote.high_c for quote in quotes]) / step,
                estimate=quotes[-1].estimate or index + step - 1 > present,
            )
        return blend

    def _fixed_part(self, channel: str, index: int, minutes: int) -> Row:
        """What does not change from one answer to the next."""
        fixed = self._fixed.get((channel, index, minutes))
        if fixed is None:
            if len(self._fixed) > 20_000:
                self._fixed.clear()
            labels = Labels.of(index * SLOT_S, minutes)
            fixed = self._fixed[channel, index, minutes] = {
                "date": labels.date,
                "duration": minutes,
                "startTime": labels.start_time,
                "endTime": labels.end_time,
                "nemTime": labels.nem_time,
                "renewables": round(self.market.renewables_pct(index), 4),
                "channelType": channel,
                "tariffInformation": None if channel == FEED_IN else self._tariff_information(index),
            }
        return fixed

    def _tariff_information(self, index: int) -> Row:
        period = self.market.period(index).name
        information: Row = {"period": period, "season": "default"}
        if self._demand_tariff:
            information["demandWindow"] = period == "peak"
        return information


def _price_on(channel: str, market: Market, index: int, spot_c: float) -> float:
    """perKwh of a channel; on feed-in a negative price is paid to the customer."""
    if channel == FEED_IN:
        return -market.feed_in_c(spot_c)
    return market.controlled_load_c(spot_c) if channel == CONTROLLED_LOAD else market.import_c(index, spot_c)


def _spike_status(kind: str, quote: Quote) -> str:
    if quote.spot_c >= 100:
        return "potential" if kind == "ForecastInterval" else "spike"
    return "potential" if kind == "ForecastInterval" and quote.high_c >= 150 else "none"


def _descriptor(per_kwh: float) -> str:
    steps = ((5, "extremelyLow"), (15, "veryLow"), (24, "low"), (36, "neutral"), (80, "high"))
    return next((name for limit, name in steps if per_kwh < limit), "spike")
