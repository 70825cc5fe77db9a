"""The last step of signing in, and what every request of somebody signed in leaves behind."""

from collections.abc import Callable
from typing import Final

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from common import clock
from org.models import SignInSession, User
from org.services.sign_ins import SEEN_IS_NOTED_EVERY, note_seen, note_sign_in
from scrm.web.addresses import address_of
from scrm.web.sessions import SIGN_IN, SessionStore

BACKEND: Final = "scrm.web.backends.AccountBackend"
AGENT_CHARACTERS: Final = 300
HOME: Final = "/"


def let_in(request: HttpRequest, user: User, *, means: SignInSession.Means) -> None:
    """Open a session for somebody who has proved who they are (登录).

    Raises:
        SignInRefused: the account may not act (any more).
    """
    now = clock.now()
    note_sign_in(user=user, means=means, now=now, address=address_of(request))
    login(request, user, backend=BACKEND)
    request.session[SIGN_IN] = {
        "means": means.value,
        "at": clock.wall().isoformat(),
        "address": address_of(request) or None,
        "agent": request.headers.get("User-Agent", "").replace("\x00", "")[:AGENT_CHARACTERS],
    }


def safe_next(wanted: str) -> str:
    """Return an address of ours to go on to: what was wanted, or home where that leads away."""
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else HOME


class SeenMiddleware:
    """Remember now and then when a session was used last; sessions live in real time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then note it at most every few minutes."""
        response = self._get_response(request)
        session = request.session
        if isinstance(session, SessionStore) and session.seen_at and session.session_key:
            now = clock.wall()
            if session.seen_at < now - SEEN_IS_NOTED_EVERY:
                note_seen(session_key=session.session_key, now=now)
        return response
