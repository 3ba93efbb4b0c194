"""Octopus Energy's REST service (`…/v1`): products, rates, regions and the customer's agreements."""

import random
import re
import string
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.octopus_account import Agreement, OctopusAccount, local_text
from app.simulators.octopus_answers import BadQuestion, NoSuchPage, Page, Rates, Row, instant, page_size, period, with_vat
from app.simulators.octopus_faults import hides_rates, lateness, left_over, seen_at, spoilt_row
from app.simulators.octopus_market import LONDON, DayAheadMarket
from app.simulators.octopus_products import Product, catalogue, with_payment
from app.simulators.octopus_rates import Publication
from app.simulators.octopus_regions import REGIONS, groups_at
from app.simulators.pace import Clock
from app.simulators.service import Request, Response, Service, Taken, json_response

_REGISTERS = {"standard-unit-rates": "single", "day-unit-rates": "day", "night-unit-rates": "night", "standing-charges": "standing"}
_PAGE_SIZE = 100
_LARGEST_PAGE = 1500
_FLAGS = ("is_variable", "is_green", "is_tracker", "is_prepay", "is_business")
_EDGE = b"<html><head><title>503 Service Temporarily Unavailable</title></head><body><center>Please try again later</center></body></html>"


class OctopusService(Service):
    """A test may change `publication`, `products`, `products_per_page`, `export_vat_pct`, and `lists_retired`: whether the list also holds
    what new customers can no longer have. `origin` stands in links when a request names no host.
    """

    name = "octopus"

    def __init__(self, clock: Clock, faults: Faults, seed: int) -> None:
        super().__init__(clock, faults)
        self.market = DayAheadMarket(seed)
        self.products = catalogue(self.market, seed)
        self.account = _account(seed)
        self.publication = Publication()
        self.lists_retired, self.products_per_page = True, 10
        self.vat_pct, self.export_vat_pct = 5.0, 5.0
        self.origin = "http://octopus.test"
        self._cached: dict[Any, Response] = {}

    # -- what is true, for tests that work out what they expect -------------------------------------------------------

    def p_exc_vat(
        self, product: str, at: datetime, region: str = "C", register: str = "single", payment_method: str | None = None
    ) -> float:
        """The price of `product` at an instant, without VAT: p/kWh, or p a day of the register `standing`. Raises KeyError for none."""
        pricing = self.products[product].prices[register]
        at_s = int(at.timestamp())
        return with_payment(pricing.p_exc_vat(pricing.starts(at_s, at_s + 1)[0], region), payment_method)

    def agile_p_exc_vat(self, start: datetime, region: str = "C") -> float:
        """What a half-hour of Agile costs, p/kWh."""
        return self.p_exc_vat("AGILE-24-10-01", start, region)

    def agile_outgoing_p_exc_vat(self, start: datetime, region: str = "C") -> float:
        """What a half-hour of Agile Outgoing pays, p/kWh."""
        return self.p_exc_vat("AGILE-OUTGOING-19-05-13", start, region)

    def tracker_p_exc_vat(self, day: date, region: str = "C") -> float:
        """What a local day of Tracker costs, p/kWh."""
        return self.p_exc_vat("SILVER-25-09-02", datetime(day.year, day.month, day.day, tzinfo=LONDON), region)

    def known_until(self, product: str, now: datetime) -> datetime:
        """The end of what is published at `now`, without the faults."""
        return datetime.fromtimestamp(self.products[product].prices["single"].known_s(now, self.publication, timedelta(0)), UTC)

    # -- requests -----------------------------------------------------------------------------------------------------

    def error(self, status: int, fault: e.Status | None = None) -> Response:
        if status >= 500:
            return Response(status, _EDGE, {"Content-Type": "text/html"})
        details = {
            400: "Malformed request.",
            401: "Invalid API key.",
            403: "You do not have permission to perform this action.",
            404: "Not found.",
            405: "Method not allowed.",
            429: "Request was throttled.",
        }
        return _detail(status, details.get(status, "The request was refused."))

    def answer(self, request: Request, taken: Taken) -> Response:
        found = next(
            ((match, serve) for form, serve in self._routes if (match := re.fullmatch(form, request.path.rstrip("/") + "/"))), None
        )
        if found is None:
            return self.error(404)
        if not request.path.endswith("/"):
            query = f"?{urlencode(request.query)}" if request.query else ""
            return Response(301, b"", {"Location": f"{request.path}/{query}", "Content-Type": "text/html; charset=utf-8"})
        if request.method != "GET":
            return self.error(405)
        match, serve = found
        try:
            return serve(request, taken, *match.groups())
        except BadQuestion as bad:
            return json_response(bad.form, 400)
        except NoSuchPage:
            return _detail(404, "Invalid page.")

    @property
    def _routes(self) -> tuple[tuple[str, Callable[..., Response]], ...]:
        return (
            (r"/v1/products/", self._list),
            (r"/v1/products/([\w-]+)/", self._product),
            (rf"/v1/products/([\w-]+)/electricity-tariffs/([\w-]+)/({'|'.join(_REGISTERS)})/", self._rates),
            (r"/v1/industry/grid-supply-points/", self._regions),
            (r"/v1/accounts/([\w-]+)/", self._account),
        )

    def _base(self, request: Request) -> str:
        host = request.headers.get("host")
        return f"http://{host}" if host else self.origin

    # -- products -----------------------------------------------------------------------------------------------------

    def _list(self, request: Request, taken: Taken) -> Response:
        asked_at = instant(request, "available_at")
        day = (asked_at or self.clock.now()).astimezone(LONDON).date()
        shown = [product for product in self.products.values() if product.available_from <= day]
        if asked_at is not None or not self.lists_retired:
            shown = [product for product in shown if product.is_open(day)]
        for flag in _FLAGS:
            wanted = {"true": True, "false": False}.get(request.query.get(flag, "").lower())
            shown = [product for product in shown if wanted is None or (flag[3:] in product.marks) == wanted]
        brand = request.query.get("brand")
        shown = [product for product in shown if not brand or product.brand == brand]
        page = Page.of(request, len(shown), self.products_per_page)
        base = self._base(request)
        items = [_dated(product) | {"links": [_link(f"{base}/v1/products/{product.code}/", "self")]} for product in shown[page.span]]
        return json_response(page.answer(request, base, items))

    def _product(self, request: Request, taken: Taken, code: str) -> Response:
        product = self.products.get(code)
        if product is None:
            return self.error(404)
        at = instant(request, "tariffs_active_at") or self.clock.now()
        body = _dated(product) | {
            "tariffs_active_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "single_register_electricity_tariffs": self._tariffs(request, product, 1, ("single",), at),
            "dual_register_electricity_tariffs": self._tariffs(request, product, 2, ("day", "night"), at),
            "single_register_gas_tariffs": {},
        }
        return json_response(body)

    def _tariffs(self, request: Request, product: Product, registers: int, names: tuple[str, ...], at: datetime) -> Row:
        """Region → payment → the tariff with its present prices and the addresses of its rates."""
        if not product.prices.keys() >= set(names) or not product.has_rates(at.astimezone(LONDON).date()):
            return {}
        addresses = {name: address for address, name in _REGISTERS.items()}
        tariffs: Row = {}
        for region in REGIONS:
            code = product.tariff_code(region, registers)
            tariff: Row = {"code": code, "links": []}
            for name in (*names, "standing"):
                what = {"single": "standard_unit_rate", "standing": "standing_charge"}.get(name, f"{name}_unit_rate")
                exc_vat_p = self.p_exc_vat(product.code, at, region, name)
                tariff[f"{what}_exc_vat"] = exc_vat_p
                tariff[f"{what}_inc_vat"] = with_vat(exc_vat_p, self._vat_of(product))
                path = f"/v1/products/{product.code}/electricity-tariffs/{code}/{addresses[name]}/"
                tariff["links"].append(_link(self._base(request) + path, addresses[name].replace("-", "_")))
            tariffs[f"_{region}"] = {"direct_debit_monthly": tariff}
        return tariffs

    # -- rates --------------------------------------------------------------------------------------------------------

    def _rates(self, request: Request, taken: Taken, code: str, tariff: str, address: str) -> Response:
        register, product = _REGISTERS[address], self.products.get(code)
        match = re.fullmatch(rf"E-([12])R-{re.escape(code)}-([{''.join(REGIONS)}])", tariff)
        if product is None or match is None or ("single" if match[1] == "1" else "day") not in product.prices:
            return self.error(404)
        if match[1] == "2" and register == "single":
            return _detail(400, "This tariff has day and night rates, not standard.")
        if match[1] == "1" and register in ("day", "night"):
            return _detail(400, "This tariff has standard rates, not day and night.")
        now = self.clock.now()
        pricing = product.prices[register]
        known_s = pricing.known_s(seen_at(now, taken), self.publication, lateness(taken))
        key = (product, request.path, tuple(sorted(request.query.items())), self._base(request), known_s, self._vat_of(product))
        if not taken and (kept := self._cached.get(key)) is not None:
            return kept
        rates = Rates(product, pricing, match[2], known_s, self._vat_of(product), *period(request))
        left = left_over(rates[:], taken, now) if hides_rates(taken) else rates
        page = Page.of(request, len(left), page_size(request, _PAGE_SIZE, _LARGEST_PAGE))
        rows = [spoilt_row(rate, taken, now) for rate in left[page.span]]
        answer = json_response(page.answer(request, self._base(request), rows))
        if not taken:
            if len(self._cached) >= 16:
                self._cached.clear()
            self._cached[key] = answer
        return answer

    def _vat_of(self, product: Product) -> float:
        return self.export_vat_pct if product.is_export else self.vat_pct

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _regions(self, request: Request, taken: Taken) -> Response:
        postcode = request.query.get("postcode")
        groups = list(REGIONS) if postcode is None else groups_at(postcode)
        page = Page.of(request, len(groups), _PAGE_SIZE)
        return json_response(page.answer(request, self._base(request), [{"group_id": f"_{letter}"} for letter in groups]))

    def _account(self, request: Request, taken: Taken, number: str) -> Response:
        if not self.account.is_opened_by(request):
            return self.error(401)
        return json_response(self.account.to_json()) if number == self.account.number else self.error(404)


def _account(seed: int) -> OctopusAccount:
    dice = random.Random(seed * 31 + 11)
    number = "A-" + "".join(dice.choice("0123456789ABCDEF") for _ in range(8))
    key = "sk_live_" + "".join(dice.choice(string.ascii_letters + string.digits) for _ in range(32))
    imports = [
        Agreement("E-1R-VAR-22-11-01-C", date(2023, 4, 1), date(2024, 11, 5)),
        Agreement("E-1R-AGILE-24-10-01-C", date(2024, 11, 5)),
    ]
    return OctopusAccount(number, key, "SW1A 1AA", imports, [Agreement("E-1R-AGILE-OUTGOING-19-05-13-C", date(2024, 11, 5))])


def _dated(product: Product) -> Row:
    return product.facts() | {"available_from": local_text(product.available_from), "available_to": local_text(product.available_to)}


def _link(href: str, rel: str) -> dict[str, str]:
    return {"href": href, "method": "GET", "rel": rel}


def _detail(status: int, text: str) -> Response:
    return json_response({"detail": text}, status)
