"""The door for WeCom's callbacks (回调): keep, then answer; what follows happens elsewhere.

Every refusal looks the same outside. A callback carries no cookie, no language and no form, WeCom
gives it five seconds, and a burst must not pay for what pages need: so it is answered before Django
makes a request of it, and costs little more than its insert.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from common import clock
from wecom.errors import CallbackRefused, CallbackUnavailable
from wecom.services.receipts import receive_callback, verify_url

logger = logging.getLogger(__name__)

ADDRESS: Final = re.compile(r"/wecom/callback/([^/]+)/([-\w]+)", re.ASCII)
_LENGTH: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
# A genuine query has four parameters.
MAX_PARAMETERS: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What WeCom is told; to everything that is not genuine the same."""

    status: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


SUCCESS: Final = Answer("200 OK", b"success")
REFUSED: Final = Answer("403 Forbidden")
NOT_ALLOWED: Final = Answer("405 Method Not Allowed", headers=(("Allow", "GET, POST"),))
TOO_LARGE: Final = Answer("413 Content Too Large")
# Neither database nor spool can keep it: WeCom delivers again.
NOT_KEPT: Final = Answer("503 Service Unavailable")


class CallbackLane:
    """WeCom's callbacks pass by Django's request cycle (回调快车道); all else goes on to it.

    A WSGI application like the one it stands before: `scrm.wsgi` is made of both.
    """

    def __init__(self, elsewhere: WSGIApplication) -> None:
        self._elsewhere = elsewhere

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a callback, or hand every other request on."""
        address = ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None:
            return self._elsewhere(environ, start_response)
        answer = answer_callback(environ, corp_id=address[1], app_slug=address[2])
        length = ("Content-Length", str(len(answer.body)))
        kind = ("Content-Type", "text/plain; charset=utf-8")
        start_response(answer.status, [kind, length, *answer.headers])
        return [answer.body] if answer.body else []


def answer_callback(environ: dict[str, Any], *, corp_id: str, app_slug: str) -> Answer:
    """Answer one request to an app's receive-message URL: GET verifies, POST delivers."""
    receiver = {"corp_id": corp_id, "app_slug": app_slug}
    method = environ["REQUEST_METHOD"]
    if method not in {"GET", "POST"}:
        return NOT_ALLOWED
    try:
        query = _query(environ)
        if method == "GET":
            return Answer("200 OK", verify_url(**receiver, query=query, now=clock.now()).encode())
        length = _declared_length(environ)
        if length > settings.CALLBACK_MAX_BYTES:
            return TOO_LARGE
        body = environ["wsgi.input"].read(length)
        receive_callback(**receiver, query=query, body=body, now=clock.now())
    except CallbackRefused as error:
        logger.info("callback_refused", extra={"reason": str(error)})
        return REFUSED
    except (CallbackUnavailable, DatabaseError):
        logger.exception("callback_not_kept")
        # This thread's connection may be dead, and outside a request nobody else would replace it.
        close_old_connections()
        return NOT_KEPT
    return SUCCESS


def _query(environ: dict[str, Any]) -> dict[str, str]:
    text = environ.get("QUERY_STRING", "")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError as error:
        raise CallbackRefused("too many parameters") from error


def _declared_length(environ: dict[str, Any]) -> int:
    """Return how long the sender says the body is: no more is read, and nothing without it."""
    text = environ.get("CONTENT_LENGTH") or ""
    return int(text) if _LENGTH.fullmatch(text) else 0
