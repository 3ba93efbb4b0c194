"""Tesla's regions: where an account's energy sites answer, and where its owner signs in (Tesla Fleet API, "Regions and countries")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.brands import BaseUrl
from app.transports.context import Context

_TESLA: Final = "Tesla"
FLEET_URL: Final = BaseUrl(
    "TESLA_FLEET_API_URL", "https://fleet-api.prd.na.vn.cloud.tesla.com", "scheme and host; the region's own where it is not set", _TESLA
)
AUTH_URL: Final = BaseUrl("TESLA_AUTH_URL", "https://auth.tesla.com", "scheme and host", _TESLA)
TOKEN_URL: Final = BaseUrl("TESLA_TOKEN_URL", "https://fleet-auth.prd.vn.cloud.tesla.com", "scheme and host", _TESLA)


@dataclass(frozen=True, slots=True)
class Region:
    """One of Tesla's regions."""

    key: str
    title: str
    api_url: str
    auth_url: str = AUTH_URL.default
    token_url: str = TOKEN_URL.default


# China's token service is not named in Tesla's pages that were at hand: its sign-in host serves, and TESLA_TOKEN_URL changes it.
_CHINA: Final = "https://auth.tesla.cn"
REGIONS: Final[Mapping[str, Region]] = {
    each.key: each
    for each in (
        Region("na", "Australia, New Zealand, Asia-Pacific, North America", FLEET_URL.default),
        Region("eu", "Europe, Middle East, Africa", "https://fleet-api.prd.eu.vn.cloud.tesla.com"),
        Region("cn", "China", "https://fleet-api.prd.cn.vn.cloud.tesla.cn", _CHINA, _CHINA),
    )
}
USUAL: Final = "na"


def api_url(context: Context, region: str) -> str:
    """Where the region's energy sites answer; the environment wins."""
    return _url(context, FLEET_URL, REGIONS[region].api_url)


def auth_url(context: Context, region: str) -> str:
    """Where the owner signs in with a browser; the environment wins."""
    return _url(context, AUTH_URL, REGIONS[region].auth_url)


def token_url(context: Context, region: str) -> str:
    """Where tokens are given; the environment wins."""
    return _url(context, TOKEN_URL, REGIONS[region].token_url)


def region_of_code(code: str, otherwise: str) -> str:
    """The region that an authorisation code names by its beginning (`EU_…`); a hint."""
    named = code.partition("_")[0].casefold()
    return named if named in REGIONS else otherwise


def _url(context: Context, base: BaseUrl, of_region: str) -> str:
    """A copied .env.example sets each name to its default: that is not a wish for the default's region."""
    told = context.base_url(base)
    return of_region if told == base.default else told
