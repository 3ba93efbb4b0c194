"""What stands in the market operator's reports: the tables of the dispatch, trading, five-minute and half-hourly forecast files.

Column names, versions and order as in the reports of today; of the columns that no price depends on there are some, not all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.simulators.aemo_csv import Table
from app.simulators.market import NEM, SLOT_S
from app.simulators.nem import REGIONS, Nem, SpotPrice, label_of, trading_day

ANCILLARY = (
    "RAISEREGRRP",
    "LOWERREGRRP",
    "RAISE1SECRRP",
    "RAISE6SECRRP",
    "RAISE60SECRRP",
    "RAISE5MINRRP",
    "LOWER1SECRRP",
    "LOWER6SECRRP",
    "LOWER60SECRRP",
    "LOWER5MINRRP",
)
INTERCONNECTORS = ("N-Q-MNSP1", "NSW1-QLD1", "T-V-MNSP1", "V-S-MNSP1", "V-SA", "VIC1-NSW1")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the operator's engine in interval `first`, and the prices that it found, region by region in order of time."""

    nem: Nem
    first: int
    slots: int
    prices: Sequence[SpotPrice]
    is_administered: bool = False

    @property
    def label(self) -> datetime:
        """The end of its first interval, in NEM time."""
        return label_of(self.first, self.slots)

    def after(self, seconds: float) -> datetime:
        """An instant so long after its start, in NEM time."""
        return datetime.fromtimestamp(self.first * SLOT_S, NEM) + timedelta(seconds=seconds)

    def ancillary(self, price: SpotPrice) -> list[float]:
        """The prices of the ten ancillary services."""
        return [self.nem.ancillary(service, price.region, price.index) for service in range(len(ANCILLARY))]


def dispatch(run: Run) -> list[Table]:
    """The five-minute dispatch: its price is final."""
    label, changed, apc = run.label, run.after(4), int(run.is_administered)
    day, minutes = trading_day(label)
    interval = f"{day}{minutes // 5:03d}"
    return [
        Table(
            "DISPATCH",
            "CASE_SOLUTION",
            2,
            ("SETTLEMENTDATE", "RUNNO", "INTERVENTION", "CASESUBTYPE", "SOLUTIONSTATUS", "LASTCHANGED"),
            [(label, 1, 0, None, 0, changed)],
        ),
        Table(
            "DISPATCH",
            "PRICE",
            5,
            (
                *("SETTLEMENTDATE", "RUNNO", "REGIONID", "DISPATCHINTERVAL", "INTERVENTION", "RRP", "EEP", "ROP", "APCFLAG"),
                *("MARKETSUSPENDEDFLAG", "LASTCHANGED", *ANCILLARY),
            ),
            [
                (label, 1, price.region, interval, 0, price.rrp, 0, price.rop, apc, 0, changed, *run.ancillary(price))
                for price in run.prices
            ],
        ),
        Table(
            "DISPATCH",
            "REGIONSUM",
            9,
            (
                *("SETTLEMENTDATE", "RUNNO", "REGIONID", "DISPATCHINTERVAL", "INTERVENTION", "TOTALDEMAND", "AVAILABLEGENERATION"),
                *("NETINTERCHANGE", "LASTCHANGED"),
            ),
            [
                (label, 1, region, interval, 0, demand, round(demand * 1.3, 1), run.nem.interchange_mw(region, run.first), changed)
                for region in REGIONS
                for demand in (run.nem.demand_mw(region, run.first),)
            ],
        ),
        Table(
            "DISPATCH",
            "INTERCONNECTORRES",
            3,
            ("SETTLEMENTDATE", "RUNNO", "INTERCONNECTORID", "DISPATCHINTERVAL", "INTERVENTION", "METEREDMWFLOW", "MWFLOW"),
            [
                (label, 1, name, interval, 0, run.nem.flow_mw(number, run.first - 1), run.nem.flow_mw(number, run.first))
                for number, name in enumerate(INTERCONNECTORS)
            ],
        ),
    ]


def trading(run: Run) -> list[Table]:
    """The settlement price of five minutes. Its periods count from midnight; the one that ends at midnight is the 288th."""
    label, changed = run.label, run.after(4)
    period = (label.hour * 60 + label.minute) // 5 or 288
    return [
        Table(
            "TRADING",
            "INTERCONNECTORRES",
            2,
            ("SETTLEMENTDATE", "RUNNO", "INTERCONNECTORID", "PERIODID", "METEREDMWFLOW", "MWFLOW", "LASTCHANGED"),
            [
                (label, 1, name, period, run.nem.flow_mw(number, run.first - 1), run.nem.flow_mw(number, run.first), changed)
                for number, name in enumerate(INTERCONNECTORS)
            ],
        ),
        Table(
            "TRADING",
            "PRICE",
            3,
            (
                *("SETTLEMENTDATE", "RUNNO", "REGIONID", "PERIODID", "RRP", "EEP", "INVALIDFLAG", "LASTCHANGED", "ROP"),
                *(*ANCILLARY, "PRICE_STATUS"),
            ),
            [(label, 1, price.region, period, price.rrp, 0, 0, changed, price.rop, *run.ancillary(price), "FIRM") for price in run.prices],
        ),
    ]


def five_minute_forecast(run: Run) -> list[Table]:
    """The forecast of the next hour; its first interval is the present one."""
    label = run.label
    return [
        Table(
            "P5MIN",
            "CASESOLUTION",
            2,
            ("RUN_DATETIME", "STARTINTERVAL_DATETIME", "INTERVENTION", "LASTCHANGED"),
            [(label, label, 0, run.after(6))],
        ),
        Table(
            "P5MIN",
            "REGIONSOLUTION",
            10,
            ("RUN_DATETIME", "INTERVENTION", "INTERVAL_DATETIME", "REGIONID", "RRP", "ROP", "EXCESSGENERATION", "TOTALDEMAND"),
            [
                (label, 0, price.label, price.region, price.rrp, price.rop, 0, run.nem.demand_mw(price.region, price.index))
                for price in run.prices
            ],
        ),
    ]


def half_hourly_forecast(run: Run) -> list[Table]:
    """The forecast by half hours to the end of the last trading day that bids are in for. Its periods count from the present one."""
    changed = run.after(112)
    day, minutes = trading_day(run.label)
    sequence = f"{day}{minutes // 30:02d}"

    def place(price: SpotPrice) -> tuple[Any, ...]:
        return sequence, 1, price.region, f"{(price.index - run.first) // run.slots + 1:02d}", 0

    return [
        Table(
            "PREDISPATCH",
            "CASE_SOLUTION",
            1,
            ("PREDISPATCHSEQNO", "RUNNO", "SOLUTIONSTATUS", "INTERVENTION", "LASTCHANGED"),
            [(sequence, 1, 0, 0, changed)],
        ),
        Table(
            "PREDISPATCH",
            "REGION_SOLUTION",
            5,
            ("PREDISPATCHSEQNO", "RUNNO", "REGIONID", "PERIODID", "INTERVENTION", "TOTALDEMAND", "LASTCHANGED", "DATETIME"),
            [(*place(price), run.nem.demand_mw(price.region, price.index), changed, price.label) for price in run.prices],
        ),
        Table(
            "PREDISPATCH",
            "REGION_PRICES",
            2,
            (
                *("PREDISPATCHSEQNO", "RUNNO", "REGIONID", "PERIODID", "INTERVENTION", "RRP", "EEP"),
                *("RAISE6SECRRP", "LOWER6SECRRP", "LASTCHANGED", "DATETIME"),
            ),
            [
                (
                    *place(price),
                    price.rrp,
                    0,
                    run.nem.ancillary(3, price.region, price.index),
                    run.nem.ancillary(7, price.region, price.index),
                    changed,
                    price.label,
                )
                for price in run.prices
            ],
        ),
    ]
