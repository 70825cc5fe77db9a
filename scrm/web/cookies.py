"""Our own cookies: private, held to this host, out of reach of scripts."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from wecom.services.oauth_rounds import LIVES

# `__Host-` holds a cookie to this host and to HTTPS; plain HTTP in development cannot have it.
PREFIX: Final = "__Host-" if settings.SESSION_COOKIE_SECURE else ""
BROWSER_COOKIE: Final = f"{PREFIX}oauth_browser"


def set_cookie(response: HttpResponse, name: str, value: str, age: timedelta) -> None:
    """Set one of our cookies."""
    response.set_cookie(
        name,
        value,
        max_age=age,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def browser_of(request: HttpRequest) -> str:
    """Return the secret of this browser's present OAuth rounds, or ''."""
    return request.COOKIES.get(BROWSER_COOKIE, "")


def remember_browser(response: HttpResponse, secret: str) -> None:
    """Keep the secret that the return from OAuth must show."""
    set_cookie(response, BROWSER_COOKIE, secret, LIVES)
