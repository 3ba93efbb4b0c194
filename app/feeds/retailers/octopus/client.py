"""Octopus Energy's REST interface, read only and without a key. Source: Octopus' public API documentation, version 1."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

from app.domain.brands import BaseUrl
from app.feeds.retailers.octopus.regions import region_letter
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable, VendorError
from app.transports.http import JsonApi

VENDOR: Final = "Octopus"
API_URL: Final = BaseUrl("OCTOPUS_API_URL", "https://api.octopus.energy/v1", "…/v1")
LARGEST_PAGE: Final = 1500
MOST_PAGES: Final = 20  # far above what a list needs: stops going round in circles


class NotKnown(RequestRefused):
    """404: Octopus has no such product or tariff."""


class DayAndNight(RequestRefused):
    """The standard rates of a tariff were asked for that has a day and a night rate instead."""


class OctopusClient:
    """The public part of the service. `account` names the budget of its calls. Each method raises a VendorError."""

    def __init__(self, context: Context, account: str) -> None:
        self._base = context.base_url(API_URL)
        self._api = JsonApi(VENDOR, self._base, context, account=account, headers=dict[str, str], explain=_explain)

    def products(self) -> list[Mapping[str, Any]]:
        """`GET /products/`: what new customers can have, of households and of Octopus' own brand."""
        listed = self._list("/products/", brand="OCTOPUS_ENERGY", is_business="false")
        return [item for item in listed if isinstance(item, Mapping)]

    def product(self, code: str) -> Mapping[str, Any]:
        """`GET /products/{code}/`: a product with its tariffs. Raises NotKnown."""
        answer = self._api.get(f"/products/{code}/").json
        if not isinstance(answer, Mapping):
            raise AnswerNotUnderstood(VENDOR, f"product {code} is not an object")
        return answer

    def charges(self, path: str, since: datetime, until: datetime) -> list[Any]:
        """Unit rates or standing charges that hold at some time in `[since, until)`, newest first, all pages. `path` as `path_of` gives it.

        Raises DayAndNight, NotKnown."""
        return self._list(path, period_from=_utc(since), period_to=_utc(until), page_size=LARGEST_PAGE)

    def newest_charge(self, path: str) -> Any | None:
        """The one that begins last, of all time; None where there is none."""
        results, _ = self._page(path, {"page_size": 1})
        return results[0] if results else None

    def regions(self, postcode: str) -> list[str]:
        """`GET /industry/grid-supply-points/`: the letters of the regions in which `postcode` may lie; none, one or several."""
        listed = self._list("/industry/grid-supply-points/", postcode=postcode)
        groups = [item.get("group_id") for item in listed if isinstance(item, Mapping)]
        return sorted({letter for group in groups if isinstance(group, str) and (letter := region_letter(group))})

    def path_of(self, link: str) -> str:
        """The path below the base URL that a link leads to. Raises AnswerNotUnderstood for one that leads away from the service.

        Links name the vendor's own host also where a proxy stands in for it; what they lead to is asked for at the base URL."""
        try:
            parts = urlsplit(urljoin(f"{self._base}/", link))
        except ValueError:
            raise AnswerNotUnderstood(VENDOR, "a link is not an address") from None
        for home in (urlsplit(self._base), urlsplit(API_URL.default)):
            if parts.netloc.lower() == home.netloc.lower() and parts.path.startswith(f"{home.path}/"):
                return parts.path.removeprefix(home.path)
        raise AnswerNotUnderstood(VENDOR, "a link leads to another place, which is not followed")

    def _list(self, path: str, **asked: Any) -> list[Any]:
        results, following = self._page(path, asked)
        for _ in range(MOST_PAGES - 1):
            if following is None:
                return results
            more, following = self._page(path, {**asked, "page": self._page_number(path, following)})
            results += more
        if following is None:
            return results
        raise AnswerNotUnderstood(VENDOR, f"{path}: the list has no end")

    def _page(self, path: str, asked: Mapping[str, Any]) -> tuple[list[Any], str | None]:
        answer = self._api.get(path, **asked).json
        if not isinstance(answer, Mapping) or not isinstance(answer.get("results"), list):
            raise AnswerNotUnderstood(VENDOR, f"{path}: the answer is not a list with results")
        following = answer.get("next")
        if following is not None and not isinstance(following, str):
            raise AnswerNotUnderstood(VENDOR, f"{path}: the next page is not a link")
        return list(answer["results"]), following

    def _page_number(self, path: str, link: str) -> int:
        if self.path_of(f"{self._base}{path}{link}" if link.startswith("?") else link) != path:
            raise AnswerNotUnderstood(VENDOR, f"{path}: the next page belongs to another list")
        number = parse_qs(urlsplit(link).query).get("page", [""])[0]
        if not (number.isascii() and number.isdecimal() and len(number) < 6):
            raise AnswerNotUnderstood(VENDOR, f"{path}: the next page has no number")
        return int(number)


def _utc(instant: datetime) -> str:
    """With the Z: without a zone the service would take it for London's clock."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _explain(status: int, headers: Mapping[str, str], body: bytes) -> VendorError | None:
    if status == 404:
        return NotKnown(VENDOR, "it knows no such product or tariff")
    if status == 400 and b"day and night" in body[:4000].lower():
        return DayAndNight(VENDOR, "this tariff has a day and a night rate")
    if status in {401, 403}:  # nothing here needs a key: the network in front of the service turned the call away
        return Unreachable(VENDOR, f"the call was turned away ({status})")
    return None
