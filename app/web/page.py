"""The frame that every page stands in: navigation, the site's name, theme, version, addresses of static files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import NotFound

from app.clock import utc_now
from app.models.site import Site
from app.version import __version__
from app.web.access import Access, access, current_site, home_url, local_next, my_sites

THEMES = ("system", "light", "dark")
_THEME_COOKIE = "powersync_theme"
_YEAR_S = 365 * 24 * 3600

bp = Blueprint("page", __name__)


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A place in the navigation; shown once its endpoint exists. The first four and "More" fill the phone's tab bar."""

    label: str
    icon: str
    endpoint: str
    rooms: tuple[str, ...] = ()  # other blueprints that are reached from it

    @property
    def area(self) -> str:
        """The blueprint."""
        return self.endpoint.partition(".")[0]

    def holds(self, blueprint: str | None) -> bool:
        """Whether the entry is current on the pages of that blueprint."""
        return blueprint in (self.area, *self.rooms)


NAVIGATION = (
    NavEntry("Now", "now", "now.show"),
    NavEntry("Plan", "plan", "plan.show"),
    NavEntry("Prices", "prices", "prices.show"),
    NavEntry("Money", "money", "money.show", rooms=("backtest",)),
    NavEntry("Energy", "bolt", "energy.show"),
    NavEntry("Battery", "battery", "battery.show"),
    NavEntry("Decisions", "decisions", "decisions.show"),
    NavEntry("Devices", "devices", "devices.show"),
    NavEntry("Tariff", "tariff", "tariff.show", rooms=("tou", "saved_tariffs")),
    NavEntry("Demand", "grid", "demand.show"),
    NavEntry("Settings", "settings", "settings.show"),
    NavEntry("Account", "person", "account.show"),
)
_TABS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A navigation entry as a template draws it. `count` is what waits for the owner there."""

    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0


def navigation() -> list[Place]:
    """The entries that exist, with the present one marked."""
    counts: dict[str, Any] = current_app.extensions.get("powersync_nav_counts", {})
    return [
        Place(entry.label, entry.icon, url_for(entry.endpoint), _is_within(entry), _count(counts.get(entry.area)))
        for entry in NAVIGATION
        if entry.endpoint in current_app.view_functions
    ]


def _is_within(entry: NavEntry) -> bool:
    """Whether the present page is one of the entry's: by its area, or by an address below the entry's own."""
    return entry.holds(request.blueprint) or request.path.startswith(f"{url_for(entry.endpoint)}/")


def tabs(places: list[Place]) -> tuple[list[Place], list[Place]]:
    """The tab bar of a phone, and what stands behind its "More"."""
    return (places, []) if len(places) <= _TABS + 1 else (places[:_TABS], places[_TABS:])


def count_for(app: Flask, area: str, count: Any) -> None:
    """Let `count(site) -> int` say how much waits for the owner in an area ("decisions")."""
    app.extensions.setdefault("powersync_nav_counts", {})[area] = count


def _count(counter: Any) -> int:
    site = current_site_or_none()
    return int(counter(site)) if counter is not None and site is not None else 0


def current_site_or_none() -> Site | None:
    """As current_site(), and None where the address names a site that is not the caller's: the view answers with 404 itself."""
    try:
        return current_site()
    except NotFound:
        return None


def theme() -> str:
    chosen = request.cookies.get(_THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def asset(filename: str) -> str:
    """The address of a static file with its fingerprint: kept by browsers for a year, fetched anew when it changes."""
    known: dict[str, str] = current_app.extensions.setdefault("powersync_assets", {})
    if current_app.debug or filename not in known:
        content = Path(current_app.static_folder or "", filename).read_bytes()
        known[filename] = hashlib.sha256(content).hexdigest()[:12]
    return url_for("static", filename=filename, v=known[filename])


@bp.post("/theme")
@access(Access.PUBLIC)
def choose_theme() -> ResponseReturnValue:
    """System, light or dark, for this browser."""
    response = redirect(local_next(home_url()))
    chosen = request.form.get("theme", "")
    response.set_cookie(
        _THEME_COOKIE, chosen if chosen in THEMES else "system", max_age=_YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


@bp.app_context_processor
def _frame() -> dict[str, Any]:
    return {
        "asset": asset,
        "current_user": current_user,
        "navigation": navigation,
        "tabs": tabs,
        "page_site": current_site_or_none,
        "my_sites": my_sites,
        "theme": theme(),
        "themes": THEMES,
        "home_url": home_url,
        "version": __version__,
        "git_hash": current_app.config["POWERSYNC"].git_hash,
        "now": utc_now(),
    }


@bp.after_app_request
def _keep_static_files(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable" if request.args.get("v") else "public, no-cache"
    return response
