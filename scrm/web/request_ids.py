"""A name for every request (请求编号): in the answer, in problem details, in the logs."""

import re
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.ids import uuid7

HEADER: Final = "X-Request-ID"
_GOOD: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class RequestIds:
    """Middleware: takes over the id that a proxy or caller gives, or makes one.

    The id stands in every log line of the request and on its answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Name the request, answer it, and say the name."""
        given = request.headers.get(HEADER, "")
        request_id = given if _GOOD.fullmatch(given) else uuid7().hex
        request.request_id = request_id  # type: ignore[attr-defined] # ours
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self._get_response(request)
        response.headers[HEADER] = request_id
        return response


def request_id_of(request: Any) -> str:
    """Return the name of a request, Django's or the API's; empty where there is none."""
    return str(getattr(request, "request_id", ""))
