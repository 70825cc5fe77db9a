"""Where a page says how long it was read (阅读信标)."""

import json
import logging
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from content.errors import BeaconRefused
from content.services.visits import Beacon, apply_beacon
from scrm.public.headers import private
from scrm.web.bodies import declared_length

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 1_024
MAX_NUMBER: Final = 1_000_000
MAX_TOKEN_CHARACTERS: Final = 200


class _Malformed(ValueError):
    """The body is not a beacon."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """Take one beacon in. 204 for everything well-formed, so that nothing can be probed here.

    The signed token stands in for CSRF protection: it is bound to one visit.
    """
    try:
        token, beacon = _read(request)
    except _Malformed:
        return private(HttpResponse(status=400))
    try:
        apply_beacon(code=code, token=token, beacon=beacon, now=clock.now())
    except BeaconRefused as error:
        logger.info("beacon_refused", extra={"reason": str(error)})
    return private(HttpResponse(status=204))


def _read(request: HttpRequest) -> tuple[str, Beacon]:
    if declared_length(request) > MAX_BYTES:
        raise _Malformed
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _Malformed from error
    if not isinstance(data, dict):
        raise _Malformed
    token = data.get("token")
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARACTERS:
        raise _Malformed
    beacon = Beacon(
        seq=_number(data, "seq"),
        active_seconds=_number(data, "seconds"),
        depth_percent=_number(data, "depth"),
        is_final=data.get("final") is True,
    )
    return token, beacon


def _number(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise _Malformed
    return value
