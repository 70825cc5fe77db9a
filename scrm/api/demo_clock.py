"""The hook by which the sandbox page advances the demo's time (演示时钟)."""

import json
import math
import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common import clock
from scrm.web.bodies import declared_length

MAX_BYTES: Final = 1_024
LONGEST_SECONDS: Final = 10 * 366 * 86_400


@csrf_exempt
@require_POST
def advance(request: HttpRequest) -> HttpResponse:
    """Set the clock `offset_seconds` ahead of real time; it never goes back.

    404 where there is no demo clock, 403 without its token.
    """
    if not settings.DEMO_CLOCK:
        return HttpResponse(status=404)
    token = request.headers.get("X-Clock-Token", "")
    if not secrets.compare_digest(token.encode(), settings.DEMO_CLOCK_TOKEN.encode()):
        return HttpResponse(status=403)
    offset = _offset(request)
    if offset is None:
        return HttpResponse(status=400)
    clock.advance(offset_seconds=offset)
    return HttpResponse(status=204)


def _offset(request: HttpRequest) -> float | None:
    if declared_length(request) > MAX_BYTES:
        return None
    try:
        value = json.loads(request.body)["offset_seconds"]
    except (ValueError, KeyError, TypeError):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= LONGEST_SECONDS else None
