"""The sites of an Amber account: which one is meant, and how they are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.brands import Choice
from app.feeds.retailers.amber.client import VENDOR, AmberClient
from app.feeds.retailers.amber.fields import AmberFields
from app.transports.context import Context
from app.transports.errors import RequestRefused

_STATUSES = ("active", "pending", "closed")
_ZONES = {  # distributor → where it is
    "ausgrid": "Australia/Sydney",
    "endeavour": "Australia/Sydney",
    "essential": "Australia/Sydney",
    "evoenergy": "Australia/Sydney",
    "energex": "Australia/Brisbane",
    "ergon": "Australia/Brisbane",
    "ausnet": "Australia/Melbourne",
    "citipower": "Australia/Melbourne",
    "jemena": "Australia/Melbourne",
    "powercor": "Australia/Melbourne",
    "united": "Australia/Melbourne",
    "sa power": "Australia/Adelaide",
    "sapn": "Australia/Adelaide",
    "tasnetworks": "Australia/Hobart",
}
_MARKETS = {
    "Australia/Sydney": "aemo:NSW1",
    "Australia/Brisbane": "aemo:QLD1",
    "Australia/Melbourne": "aemo:VIC1",
    "Australia/Adelaide": "aemo:SA1",
    "Australia/Hobart": "aemo:TAS1",
}


def market_in(timezone: str | None) -> str | None:
    """The market region of a zone ("aemo:NSW1"); None outside the National Electricity Market."""
    return _MARKETS.get(timezone or "")


@dataclass(frozen=True, slots=True)
class AmberSite:
    """One connection point. `has_feed_in` is what the site's own list of channels says."""

    site_id: str
    nmi: str
    network: str
    status: str
    has_feed_in: bool
    interval_min: int  # 5 or 30: what is billed

    @classmethod
    def unlisted(cls, site_id: str) -> "AmberSite":
        """A site whose id is known and whose entry in the list could not be read: a feed-in price that is not given is then unknown."""
        return cls(site_id, nmi="", network="", status="active", has_feed_in=True, interval_min=5)

    @property
    def label(self) -> str:
        """ "Energex, NMI 312•••2345": enough for the owner to tell two apart."""
        return f"{self.network or 'Unknown network'}, NMI {masked(self.nmi)}"

    @property
    def is_usable(self) -> bool:
        return self.status != "closed"

    @property
    def timezone(self) -> str | None:
        """IANA name, from the distributor; None where it is not known."""
        network = self.network.casefold()
        return next((zone for name, zone in _ZONES.items() if name in network), None)


def masked(nmi: str) -> str:
    """ "3120012345" → "312•••2345"."""
    return f"{nmi[:3]}•••{nmi[-4:]}" if len(nmi) >= 9 else "•••"


def sites_from(items: Iterable[Mapping[str, Any]]) -> list[AmberSite]:
    """Active before pending before closed; what has no id is left out."""
    sites = [site for item in items if (site := _site(item)) is not None]
    return sorted(sites, key=lambda site: _STATUSES.index(site.status) if site.status in _STATUSES else 1)


def _site(item: Mapping[str, Any]) -> AmberSite | None:
    site_id = item.get("id")
    if not isinstance(site_id, str) or not site_id:
        return None
    channels = item.get("channels")
    kinds = [channel.get("type") for channel in channels if isinstance(channel, Mapping)] if isinstance(channels, list) else []
    return AmberSite(
        site_id=site_id,
        nmi=_text(item.get("nmi")),
        network=_text(item.get("network")),
        status=_text(item.get("status")) or "active",
        has_feed_in="feedIn" in kinds or not kinds,  # only a list that names other channels says that there is none
        interval_min=30 if item.get("intervalLength") in (30, 30.0) else 5,
    )


def _text(value: Any) -> str:
    return value.strip()[:40] if isinstance(value, str) else ""


def chosen_site(sites: list[AmberSite], site_id: str) -> AmberSite:
    """The site with `site_id`, or the only active one where that is empty. Raises RequestRefused in words for the owner."""
    if site_id:
        found = next((site for site in sites if site.site_id == site_id), None)
        if found is None:
            raise RequestRefused(VENDOR, f"this account has no site {site_id}; it has {_listed(sites)}")
        if not found.is_usable:
            raise RequestRefused(VENDOR, f"the site {found.label} is closed; this account has {_listed(sites)}")
        return found
    active = [site for site in sites if site.status == "active"]
    if len(active) == 1:
        return active[0]
    problem = "several active sites" if active else "no active site"
    raise RequestRefused(VENDOR, f"this account has {problem}, set site_id to one of them: {_listed(active or sites)}")


def _listed(sites: list[AmberSite]) -> str:
    return "; ".join(f"{site.site_id} ({site.label}, {site.status})" for site in sites) or "no site at all"


def site_choices(fields: AmberFields, context: Context) -> list[Choice]:
    """The account's sites for the form, with one call. Raises a VendorError."""
    sites = sites_from(AmberClient(fields.token.get_secret_value(), context).sites())
    return [Choice(site.site_id, site.label, _note(site), site.timezone, site.is_usable) for site in sites]


def _note(site: AmberSite) -> str:
    sells = "" if site.has_feed_in else ", no feed-in"
    return f"{site.status}{sells}, billed every {site.interval_min} minutes"
