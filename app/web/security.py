"""What every answer carries and every request passes: headers, the Origin check, cookies, believed proxies."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from app.config import Config

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MOST_BODY_BYTES = 1024 * 1024
MOST_FORM_PARTS = 500
_MOST_BYTES = "powersync_most_bytes"
View = TypeVar("View", bound=Callable[..., Any])
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class CookieSession(SecureCookieSessionInterface):
    """The small signed cookie of forms and messages: Secure, and bound to the host by its name, whenever the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name("powersync_form")


def init_app(app: Flask, config: Config) -> None:
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.config.update(
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for days; the token ends with the session
        WTF_CSRF_SSL_STRICT=False,  # the Origin check below does this, and works where Referer is stripped
    )
    app.session_interface = CookieSession()
    app.before_request(limit_body)
    app.before_request(refuse_foreign_origins)
    app.after_request(add_headers)


def cookie_name(name: str) -> str:
    """With the prefix that ties a cookie to this very host, which browsers accept by https alone."""
    return f"__Host-{name}" if request.is_secure else name


def accepts_up_to(most_bytes: int) -> Callable[[View], View]:
    """A view that takes a larger body than the others: a file. Stands next to the function, below the route."""

    def mark(view: View) -> View:
        setattr(view, _MOST_BYTES, most_bytes)
        return view

    return mark


def limit_body() -> None:
    """Before anything reads the form."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, _MOST_BYTES, MOST_BODY_BYTES)


def refuse_foreign_origins() -> None:
    """Beside the CSRF token: a request that changes something must come from a page of this host, if the browser says where from."""
    if request.method in _SAFE_METHODS:
        return
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        if fetch_site not in ("same-origin", "none"):
            abort(403)
        return
    origin = request.headers.get("Origin")
    if origin is None:
        return
    # The scheme counts only when it is known: a proxy that is not configured as trusted ends TLS unseen.
    scheme, _, host = origin.partition("://")
    if host != request.host or (request.is_secure and scheme != "https"):
        abort(403)


def add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    # A page is private unless its view decided otherwise.
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def revalidated(response: Response) -> Response:
    """For a part that a page asks for again and again: kept by this browser alone and answered with 304 while nothing changed."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie"
    response.add_etag()
    response.make_conditional(request)
    return response
