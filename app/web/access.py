"""Who may call which address. Every view states it; one that does not is refused when the app is built, and again at each request.

@bp.get("/sites/<int:site_id>/prices")
@access(Access.VIEWER)
def show(site_id: int) -> ResponseReturnValue: ...
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.urls import iri_to_uri

from app.clock import utc_now
from app.extensions import db
from app.models.site import OWNER, Site
from app.services import accounts
from app.web import bearer

_ACCESS = "powersync_access"
_RECENT = "powersync_recent"
_SITE_COOKIE = "powersync_site"
View = TypeVar("View", bound=Callable[..., Any])


class Access(Enum):
    """What a view asks of its caller. Site levels take the site from `site_id` in the address, else the one that the browser chose."""

    PUBLIC = auto()  # anybody
    SETUP = auto()  # anybody, while no account exists
    USER = auto()  # signed in
    FOUNDER = auto()  # signed in, and not by an invitation to look at a home of others
    VIEWER = auto()  # belongs to the site
    OWNER = auto()  # owns the site
    CONTROL = auto()  # owns the site and entered the password within ten minutes
    TOKEN_READ = auto()  # a program with a token of one site
    TOKEN_CONTROL = auto()  # a program with a token that may also record wishes


OF_PROGRAMS = frozenset({Access.TOKEN_READ, Access.TOKEN_CONTROL})


def access(level: Access) -> Callable[[View], View]:
    """Classify a view. Stands next to the function, below the route."""

    def mark(view: View) -> View:
        setattr(view, _ACCESS, level)
        return view

    return mark


def recently_authenticated(view: View) -> View:
    """The password must have been entered within ten minutes; otherwise it is asked for, and the browser comes back."""
    setattr(view, _RECENT, True)
    return view


def access_of(view: Callable[..., Any]) -> Access | None:
    return getattr(view, _ACCESS, None)


def init_app(app: Flask) -> None:
    app.before_request(_admit)


def refuse_unclassified(app: Flask) -> None:
    """Raises RuntimeError when a view of the finished app does not say who may call it."""
    open_views = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if open_views:
        raise RuntimeError(f"these views do not say who may call them (app.web.access): {', '.join(open_views)}")


def classify_static(app: Flask) -> None:
    """The files of app/web/static are public: the sign-in page needs them."""
    access(Access.PUBLIC)(app.view_functions["static"])


def my_sites() -> Sequence[Site]:
    """The sites of the signed-in account, by name."""
    if not current_user.is_authenticated:
        return ()
    if "my_sites" not in g:
        g.my_sites = accounts.sites_of(db.session(), current_user.id)
    return g.my_sites  # type: ignore[no-any-return]


def own_site_or_404(site_id: int) -> Site:
    """The site if the signed-in account belongs to it; 404 otherwise, as for one that does not exist."""
    return next((site for site in my_sites() if site.id == site_id), None) or abort(404)


def current_site() -> Site | None:
    """The site that this page is about: named in the address, else the one chosen last, else the first; None without any."""
    named = (request.view_args or {}).get("site_id")
    if named is not None:
        return own_site_or_404(named)
    sites = my_sites()
    chosen = request.cookies.get(_SITE_COOKIE, "")
    return next((site for site in sites if str(site.id) == chosen), sites[0] if sites else None)


def remember_site(response: Response, site: Site) -> None:
    """Let this browser's pages show `site` from now on."""
    response.set_cookie(_SITE_COOKIE, str(site.id), max_age=365 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure)


def current_site_or_404() -> Site:
    return current_site() or abort(404)


def owns(site: Site) -> bool:
    membership = accounts.membership_of(db.session(), current_user.id, site.id)
    return membership is not None and membership.role == OWNER


def is_local_path(target: str | None) -> bool:
    """Whether `target` stays on this server: a path that no browser reads as another host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    # Browsers drop tabs and line ends and take a backslash for a slash: "/\t/host" would leave.
    return not any(letter == "\\" or ord(letter) < 32 or ord(letter) == 127 for letter in target)


def local_next(default: str) -> str:
    """Where to go after signing in: `next` of the address or the form, if it is local."""
    target = request.form.get("next") or request.args.get("next")
    return target if target and is_local_path(target) else default


def home_url() -> str:
    """The page behind the name of the app: the Now page, or the account as long as there is none."""
    return url_for("now.show" if _has_endpoint("now.show") else "account.show")


def _has_endpoint(name: str) -> bool:
    return name in current_app.view_functions


def _admit() -> ResponseReturnValue | None:
    answer = _check_access()
    if db.session.registry.has():
        db.session.commit()  # the view begins without a transaction: it may talk to a vendor or hash a password first
    return answer


def _check_access() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # 404 or 405
    view = current_app.view_functions[request.endpoint]
    level = access_of(view)
    if level is None:
        abort(403)
    if level is Access.PUBLIC:
        return None
    if level is Access.SETUP:
        return redirect(url_for("auth.sign_in")) if accounts.accounts_exist(db.session()) else None
    if level in OF_PROGRAMS:
        bearer.admit(needs_control=level is Access.TOKEN_CONTROL)
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if level is Access.FOUNDER:
        if not accounts.may_add_homes(db.session(), current_user.id):
            abort(403)
    elif level is not Access.USER:
        site = current_site_or_404()
        if level in (Access.OWNER, Access.CONTROL) and not owns(site):
            abort(403)
    needs_password = level is Access.CONTROL or getattr(view, _RECENT, False)
    if needs_password and not current_user.entered_password_recently(utc_now()):
        return _ask_for_password()
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if not _is_page_visit():
        abort(401)
    if not accounts.accounts_exist(db.session()):
        return redirect(url_for("auth.welcome"))
    return redirect(url_for("auth.sign_in", next=_this_page()))


def _ask_for_password() -> ResponseReturnValue:
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        abort(401)
    if request.method == "GET":
        return redirect(url_for("auth.confirm", next=_this_page()))
    flash("Enter your password once more, then repeat what you wanted to do.", "warn")
    return redirect(url_for("auth.confirm", next=_page_before()))


def _is_page_visit() -> bool:
    """A person opening a page, not a script fetching a part of one."""
    return request.method in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _this_page() -> str | None:
    path = iri_to_uri(request.full_path if request.query_string else request.path)
    return path if path != "/" else None


def _page_before() -> str | None:
    """The page that sent a form, to return to it; only from the Referer of this host."""
    referrer = request.referrer or ""
    path = referrer.removeprefix(request.host_url.rstrip("/"))
    return path if referrer != path and is_local_path(path) else None
