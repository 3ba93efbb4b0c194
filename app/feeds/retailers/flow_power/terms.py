"""The plan as it holds on a local date: each dated change on top of those before it."""

from bisect import bisect_right
from dataclasses import dataclass, fields, replace
from datetime import date
from zoneinfo import ZoneInfo

from app.domain.charges import StandingCharges
from app.feeds.network_tariffs.fields import NetworkTariff
from app.feeds.network_tariffs.rates import NetworkRates
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.feeds.retailers.flow_power.plan import HAPPY_HOUR_C, HappyHour, Pea, WholesaleFactors


@dataclass(frozen=True)
class _Written:
    """The parts as they were entered."""

    pea: Pea
    network: NetworkTariff | None
    wholesale: WholesaleFactors | None
    happy_hour: HappyHour
    export_c: float
    daily_charge_c: float | None
    monthly_charge_c: float | None


@dataclass(frozen=True)
class Terms:
    """What prices are worked out from."""

    pea: Pea
    network: NetworkRates | None
    wholesale_factor: float  # of the wholesale price, where the PEA is off
    network_fees_c: float  # c/kWh on top of the network's rate, where the PEA is off
    happy_hour: HappyHour
    happy_hour_c: float
    export_c: float
    charges: StandingCharges


class Timeline:
    """The terms of each local date."""

    def __init__(self, entered: FlowPowerFields, zone: ZoneInfo) -> None:
        written = _Written(**{part.name: getattr(entered, part.name) for part in fields(_Written)})
        self._first_days: list[date] = []
        self._terms = [_terms(written, entered.region, zone)]
        for change in entered.changes:
            new = {part.name: value for part in fields(_Written) if (value := getattr(change, part.name)) is not None}
            written = replace(written, **new)
            self._first_days.append(change.first_day)
            self._terms.append(_terms(written, entered.region, zone))

    def on(self, day: date) -> Terms:
        """The terms on local date `day`."""
        return self._terms[bisect_right(self._first_days, day)]


def _terms(written: _Written, region: str, zone: ZoneInfo) -> Terms:
    network, rate_c = written.network, written.happy_hour.rate_c
    return Terms(
        pea=written.pea,
        network=network.rates(zone) if network is not None else None,
        wholesale_factor=_factor(written.wholesale, network),
        network_fees_c=network.other_c if network is not None else 0.0,
        happy_hour=written.happy_hour,
        happy_hour_c=HAPPY_HOUR_C[region] if rate_c is None else rate_c,
        export_c=written.export_c,
        charges=StandingCharges(written.daily_charge_c, written.monthly_charge_c),
    )


def _factor(wholesale: WholesaleFactors | None, network: NetworkTariff | None) -> float:
    """The table's usual factors belong to its tariffs; rates entered by hand stand beside the wholesale price as it is."""
    if wholesale is not None:
        return wholesale.product()
    return 1.0 if network is None or network.manual is not None else WholesaleFactors().product()
