"""The products on offer: import and export, of today and retired, of Octopus and of a brand beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.simulators.noise import Noise
from app.simulators.octopus_market import DayAheadMarket
from app.simulators.octopus_rates import Daily, HalfHourly, Occasional, Pricing, TimeBands
from app.simulators.octopus_regions import REGIONS

BY_PAYMENT = ("NON_DIRECT_DEBIT", "DIRECT_DEBIT")
"""The order in which rows of the same time are told."""
FOR_ALL = (None,)
_DEARER = {"NON_DIRECT_DEBIT": 1.06}
_NIGHT_FROM, _MORNING, _EVENING, _NIGHT = time(2), time(5), time(16), time(19)


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """One product. `prices`: register → what it costs (`single`, `day` and `night`: a kWh; `standing`: a day).

    `rates_until`: the day on which its last customers were moved to another product.
    """

    code: str
    display_name: str
    description: str
    available_from: date
    prices: Mapping[str, Pricing]
    available_to: date | None = None
    is_export: bool = False
    payment_methods: tuple[str | None, ...] = FOR_ALL
    rates_until: date | None = None
    brand: str = "OCTOPUS_ENERGY"
    term_months: int | None = None
    marks: frozenset[str] = field(default_factory=frozenset)  # of variable, green, tracker, prepay, business, restricted

    def is_open(self, day: date) -> bool:
        """True while new customers can have it."""
        return self.available_from <= day and (self.available_to is None or day < self.available_to)

    def has_rates(self, day: date) -> bool:
        """True while somebody can be on it."""
        return self.available_from <= day and (self.rates_until is None or day < self.rates_until)

    def tariff_code(self, region: str, registers: int = 1) -> str:
        return f"E-{registers}R-{self.code}-{region}"

    def facts(self) -> dict[str, Any]:
        """What list and detail both tell, without dates and links."""
        return {
            "code": self.code,
            "direction": "EXPORT" if self.is_export else "IMPORT",
            "full_name": f"{self.display_name} {self.available_from:%B %Y}",
            "display_name": self.display_name,
            "description": self.description,
            **{f"is_{mark}": mark in self.marks for mark in ("variable", "green", "tracker", "prepay", "business", "restricted")},
            "term": self.term_months,
            "brand": self.brand,
        }


def with_payment(p_exc_vat: float, method: str | None) -> float:
    """The price for those who pay by `method`."""
    return round(p_exc_vat * _DEARER.get(method or "", 1.0), 4)


def intelligent_flux_export(seed: int) -> Product:
    """The export side of Intelligent Flux. Whether it exists is not certain: the catalogue is without it, a test may add it."""
    code, name, bands = "INTELLI-FLUX-EXPORT-23-07-14", "Intelligent Octopus Flux Export", ((_EVENING, 28.3), (_NIGHT, 21.4))
    makers = _Makers(seed)
    return makers.export(code, name, date(2023, 7, 14), makers.bands(code, bands), marks=frozenset({"variable", "restricted"}))


def catalogue(market: DayAheadMarket, seed: int) -> dict[str, Product]:
    """Every product by its code, in the order of the list."""
    return {product.code: product for product in (*_imports(market, _Makers(seed)), *_exports(market, _Makers(seed)))}


class _Makers:
    """Prices that differ by region and seed, and products made with them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        places = Noise(seed, "octopus regions")
        self.factors: Mapping[str, float] = {letter: places.between(ord(letter), 0.95, 1.05) for letter in REGIONS}
        self.everywhere: Mapping[str, float] = dict.fromkeys(REGIONS, 1.0)

    def bands(self, code: str, bands: tuple[tuple[time, float], ...]) -> TimeBands:
        return TimeBands(bands, self.factors, Noise(self.seed, f"{code} quarters"))

    def occasional(self, name: str, price_p: float, *, quarterly: bool = False, same_everywhere: bool = False) -> Occasional:
        factors = self.everywhere if same_everywhere else self.factors
        return Occasional(price_p, factors, Noise(self.seed, f"{name} quarters"), quarterly=quarterly)

    def product(self, code: str, name: str, since: date, single: Pricing, description: str = "", **more: Any) -> Product:
        prices: dict[str, Pricing] = {"single": single, "standing": self.occasional(f"{code} standing", 47.2)}
        prices |= {register: more.pop(register) for register in ("day", "night") if register in more}
        more.setdefault("marks", frozenset({"variable", "green"}))
        return Product(code, name, description or f"{name} from Octopus Energy.", since, prices, **more)

    def export(self, code: str, name: str, since: date, single: Pricing, **more: Any) -> Product:
        prices = {"single": single, "standing": self.occasional(f"{code} standing", 0.0)}
        more.setdefault("marks", frozenset({"variable"}))
        return Product(code, name, f"{name}: paid for what you export.", since, prices, is_export=True, **more)


def _imports(market: DayAheadMarket, make: _Makers) -> list[Product]:
    terms = {letter: (region.multiplier, region.peak_adder_p) for letter, region in REGIONS.items()}
    agile, agile_78, agile_35 = (HalfHourly(market, terms, cap) for cap in (100.0, 78.0, 35.0))
    tracker = Daily(market, {letter: 9.0 + region.multiplier for letter, region in REGIONS.items()})
    moved, green = date(2025, 1, 1), frozenset({"variable", "green"})
    go = (time(0, 30), 8.1), (time(5, 30), 25.6)
    intelligent = (time(5, 30), 26.1), (time(23, 30), 6.7)
    flux = (_NIGHT_FROM, 14.9), (_MORNING, 24.8), (_EVENING, 34.7), (_NIGHT, 24.8)
    intelligent_flux = (_EVENING, 28.3), (_NIGHT, 21.4)
    cosy = (
        (time(0), 24.1), (time(4), 11.8), (time(7), 24.1), (time(13), 11.8),
        (time(16), 36.2), (time(19), 24.1), (time(22), 11.8),
    )  # fmt: skip
    return [
        make.product(
            "AGILE-18-02-21", "Agile Octopus", date(2018, 2, 21), agile_35,
            available_to=date(2022, 8, 31), rates_until=date(2024, 1, 1),
        ),
        make.product(
            "AGILE-22-08-31", "Agile Octopus", date(2022, 8, 31), agile_78,
            available_to=date(2022, 11, 25), rates_until=moved,
        ),
        make.product(
            "AGILE-FLEX-22-11-25", "Agile Octopus", date(2022, 11, 25), agile,
            available_to=date(2024, 10, 1), rates_until=moved,
        ),
        make.product("GO-VAR-22-10-14", "Octopus Go", date(2022, 10, 14), make.bands("GO", go)),
        make.product(
            "VAR-22-11-01", "Flexible Octopus", date(2022, 11, 1), make.occasional("VAR", 24.3, quarterly=True),
            day=make.occasional("VAR day", 29.8, quarterly=True), night=make.occasional("VAR night", 13.9, quarterly=True),
            payment_methods=BY_PAYMENT, marks=frozenset({"variable"}),
        ),
        make.product(
            "PREPAY-VAR-18-09-21", "Octopus Key and Card", date(2018, 9, 21), make.occasional("PREPAY", 23.4, quarterly=True),
            marks=frozenset({"variable", "prepay"}),
        ),
        make.product("COSY-22-12-08", "Cosy Octopus", date(2022, 12, 8), make.bands("COSY", cosy)),
        make.product("FLUX-IMPORT-23-02-14", "Octopus Flux Import", date(2023, 2, 14), make.bands("FLUX", flux)),
        make.product(
            "INTELLI-FLUX-IMPORT-23-07-14", "Intelligent Octopus Flux Import", date(2023, 7, 14), make.bands("I-FLUX", intelligent_flux),
            marks=green | {"restricted"},
        ),
        make.product(
            "SILVER-FLEX-BB-23-02-08", "Octopus Tracker", date(2023, 2, 8), tracker,
            available_to=date(2024, 3, 1), marks=green | {"tracker"},
        ),
        make.product("AGILE-24-10-01", "Agile Octopus", date(2024, 10, 1), agile, "Half-hourly prices that follow the wholesale market."),
        make.product("INTELLI-VAR-24-10-29", "Intelligent Octopus Go", date(2024, 10, 29), make.bands("INTELLI", intelligent)),
        # Not for the home of an Octopus customer, and newer than the Agile that is.
        make.product(
            "AGILE-COOP-25-03-01", "Agile Octopus", date(2025, 3, 1), HalfHourly(market, dict.fromkeys(REGIONS, (2.9, 9.0))),
            brand="COOP_ENERGY",
        ),
        make.product(
            "AGILE-BUS-25-06-01", "Agile Octopus", date(2025, 6, 1), HalfHourly(market, dict.fromkeys(REGIONS, (1.8, 19.0))),
            marks=green | {"business"},
        ),
        make.product("SILVER-25-09-02", "Octopus Tracker", date(2025, 9, 2), tracker, marks=green | {"tracker"}),
        make.product(
            "OE-FIX-12M-25-12-02", "Octopus 12M Fixed", date(2025, 12, 2), make.occasional("FIX", 23.9),
            payment_methods=BY_PAYMENT, term_months=12, marks=frozenset({"green"}),
        ),
    ]  # fmt: skip


def _exports(market: DayAheadMarket, make: _Makers) -> list[Product]:
    terms = {letter: (0.43 * region.multiplier, region.peak_adder_p / 2) for letter, region in REGIONS.items()}
    flux = (_NIGHT_FROM, 4.3), (_MORNING, 9.8), (_EVENING, 28.9), (_NIGHT, 9.8)
    prime = (_EVENING, 21.5), (_NIGHT, 9.2)
    paid = make.occasional("OUTGOING", 14.2857, same_everywhere=True)
    old = make.occasional("OUTGOING-FIX", 5.2381, same_everywhere=True)
    return [
        make.export("AGILE-OUTGOING-19-05-13", "Agile Outgoing Octopus", date(2019, 5, 13), HalfHourly(market, terms)),
        make.export(
            "OUTGOING-FIX-12M-19-05-13", "Outgoing Octopus 12M Fixed", date(2019, 5, 13), old,
            available_to=date(2024, 10, 26), rates_until=date(2025, 10, 26), term_months=12, marks=frozenset(),
        ),
        make.export("FLUX-EXPORT-23-02-14", "Octopus Flux Export", date(2023, 2, 14), make.bands("FLUX-EXPORT", flux)),
        make.export("OUTGOING-VAR-24-10-26", "Outgoing Octopus", date(2024, 10, 26), paid),
        make.export(
            "OUTGOING-PRIME-FIX-12M-26-06-23", "Outgoing Octopus Prime 12M Fixed", date(2026, 6, 23), make.bands("PRIME", prime),
            term_months=12, marks=frozenset(),
        ),
    ]  # fmt: skip
