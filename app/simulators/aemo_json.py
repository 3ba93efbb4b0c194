"""The market operator's JSON reports: the summary of the present interval, and recent prices with the forecast."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.simulators import effects as e
from app.simulators.aemo_tables import ANCILLARY, INTERCONNECTORS
from app.simulators.market import NEM, SLOT_S
from app.simulators.nem import Nem, SpotPrice, label_of
from app.simulators.noise import Noise
from app.simulators.service import Taken
from app.simulators.spot_faults import ABSENT

Json = dict[str, Any]
_NEIGHBOURS = {
    "NSW1": ("N-Q-MNSP1", "NSW1-QLD1", "VIC1-NSW1"),
    "QLD1": ("N-Q-MNSP1", "NSW1-QLD1"),
    "SA1": ("V-S-MNSP1", "V-SA"),
    "VIC1": ("T-V-MNSP1", "V-S-MNSP1", "V-SA", "VIC1-NSW1"),
}
"""The interconnectors that the summary shows of a region; Tasmania's are null."""
_NOTICES = (
    ("RESERVE NOTICE", "Forecast lack of reserve level 1"),
    ("NON-CONFORMANCE", "Non-conformance of a generating unit"),
    ("PRICES UNCHANGED", "Prices for the interval are confirmed"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """One interval of all regions, as the summary tells it."""

    nem: Nem
    index: int
    prices: list[SpotPrice]
    is_administered: bool = False

    def to_json(self, taken: Taken) -> Json:
        """The three arrays, with the faults of this request in them."""
        unfirm = next((effect for effect, _ in taken if isinstance(effect, e.UnfirmPrice)), None)
        return {
            "ELEC_NEM_SUMMARY": renamed([self._region(price, unfirm) for price in self.prices], taken),
            "ELEC_NEM_SUMMARY_PRICES": renamed([self._region_prices(price) for price in self.prices], taken),
            "ELEC_NEM_SUMMARY_MARKET_NOTICE": self._notices(),
        }

    def _region(self, price: SpotPrice, unfirm: e.UnfirmPrice | None) -> Json:
        region, demand = price.region, self.nem.demand_mw(price.region, self.index)
        interchange = self.nem.interchange_mw(region, self.index)
        told = round(price.rrp + unfirm.by_per_mwh, 2) if unfirm is not None and isinstance(price.rrp, float) else price.rrp
        return {
            "SETTLEMENTDATE": _label(self.index),
            "REGIONID": region,
            "PRICE": told,
            "PRICE_STATUS": unfirm.status if unfirm is not None else "FIRM",
            "APCFLAG": float(self.is_administered),
            "MARKETSUSPENDEDFLAG": 0.0,
            "TOTALDEMAND": demand,
            "NETINTERCHANGE": interchange,
            "SCHEDULEDGENERATION": round(0.78 * (demand + interchange), 1),
            "SEMISCHEDULEDGENERATION": round(0.22 * (demand + interchange), 1),
            "INTERCONNECTORFLOWS": self._flows(region),
        }

    def _flows(self, region: str) -> str | None:
        if region not in _NEIGHBOURS:
            return None
        flows = [
            {
                "name": name,
                "value": self.nem.flow_mw(INTERCONNECTORS.index(name), self.index),
                "exportlimit": 550.0,
                "importlimit": -1100.0,
            }
            for name in _NEIGHBOURS[region]
        ]
        return json.dumps(flows, separators=(",", ":"))

    def _region_prices(self, price: SpotPrice) -> Json:
        services = {name: self.nem.ancillary(number, price.region, self.index) for number, name in enumerate(ANCILLARY)}
        return {"REGIONID": price.region, "RRP": price.rrp, **services}

    def _notices(self) -> list[Json]:
        """Up to three of the last hours; often none."""
        dice, hour = Noise(self.nem.seed, "nem notices"), self.index * SLOT_S // 3600
        return [
            {
                "NOTICEID": float(hour - 358_000),
                "EFFECTIVEDATE": f"{datetime.fromtimestamp(each * 3600 + 1908, NEM):%Y-%m-%dT%H:%M:%S}",
                "EXTERNALREFERENCE": reason,
                "TYPEID": kind,
                "REASON": reason,
            }
            for each, (kind, reason) in zip(range(hour - 1, hour - 4, -1), _NOTICES, strict=True)
            if dice.unit(each) < 0.3
        ]


def report_rows(nem: Nem, prices: Iterable[SpotPrice], period_type: str) -> list[Json]:
    """Rows of the report of recent and coming prices; `period_type` is ACTUAL or FORECAST."""
    return [
        {
            "SETTLEMENTDATE": _label(price.index, price.slots),
            "REGIONID": price.region,
            "RRP": price.rrp,
            "TOTALDEMAND": nem.demand_mw(price.region, price.index),
            "PERIODTYPE": period_type,
            "NETINTERCHANGE": nem.interchange_mw(price.region, price.index),
        }
        for price in prices
    ]


def renamed(rows: list[Json], taken: Taken) -> list[Json]:
    """The rows without absent values, and with the names of this request's faults."""
    for effect, _ in taken:
        if isinstance(effect, e.RenamedField):
            rows = [{effect.to if key == effect.field else key: value for key, value in row.items()} for row in rows]
    return [{key: value for key, value in row.items() if value is not ABSENT} for row in rows]


def _label(index: int, slots: int = 1) -> str:
    return f"{label_of(index, slots):%Y-%m-%dT%H:%M:%S}"
