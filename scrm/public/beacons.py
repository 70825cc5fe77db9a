"""Where a page says how long it was read (阅读信标)."""

import json
import logging
from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from content.services.visits import Beacon, SentBeacon, apply_beacons
from scrm.public.headers import private
from scrm.web.bodies import declared_length

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 1_024
MAX_NUMBER: Final = 1_000_000
MAX_TOKEN_CHARACTERS: Final = 200


class Malformed(ValueError):
    """The body is not a beacon."""


@csrf_exempt
@require_POST
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """Take one beacon in. 204 for everything well-formed, so that nothing can be probed here.

    The signed token stands in for CSRF protection: it is bound to one visit. Where there is an
    event loop, `scrm.public.beacon_lane` answers before this.
    """
    if declared_length(request) > MAX_BYTES:
        return private(HttpResponse(status=400))
    try:
        sent = read_beacon(code, request.body)
    except Malformed:
        return private(HttpResponse(status=400))
    take_in([sent])
    return private(HttpResponse(status=204))


def take_in(sent: Sequence[SentBeacon]) -> None:
    """Take beacons in together; of one that is refused nothing is told outside."""
    for refused in apply_beacons(sent, now=clock.now()):
        if refused is not None:
            logger.info("beacon_refused", extra={"reason": str(refused)})


def read_beacon(code: str, body: bytes) -> SentBeacon:
    """Read what a page says of itself.

    Raises:
        Malformed: it is no beacon, or a field of it is not what it should be.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(data, dict):
        raise Malformed
    token = data.get("token")
    if not isinstance(token, str) or len(token) > MAX_TOKEN_CHARACTERS:
        raise Malformed
    beacon = Beacon(
        seq=_number(data, "seq"),
        active_seconds=_number(data, "seconds"),
        depth_percent=_number(data, "depth"),
        is_final=data.get("final") is True,
    )
    return SentBeacon(code, token, beacon)


def _number(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise Malformed
    return value
