"""Is it alive, is it ready, how is it (健康检查)."""

import logging
from datetime import timedelta
from typing import Any, Final

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common import heartbeat
from scrm.web.gauges import heartbeat_ages, redis_answers

logger = logging.getLogger(__name__)

# Without both nothing moves. A silent worker-welcome alone degrades: events still move.
MOVERS: Final = ("worker-fast", "pump")
FRESH: Final = timedelta(seconds=heartbeat.FRESH_SECONDS)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether work gets done: the database answers and somebody works through the rows.

    200 `ready`, 200 `degraded` (Redis down, or a process silent that others stand in for), or 503
    `unready`.
    """
    checks: dict[str, Any] = {"database": True, "redis": redis_answers(), "silent": []}
    try:
        ages = heartbeat_ages()
    except DatabaseError:
        logger.warning("readiness_without_database")
        checks["database"] = False
        return _unready(checks)
    checks["silent"] = [name for name, age in ages.items() if age > FRESH]
    checks["moving"] = any(ages.get(name, timedelta.max) <= FRESH for name in MOVERS)
    if not checks["moving"]:
        return _unready(checks)
    is_whole = checks["redis"] and not checks["silent"]
    return JsonResponse({"status": "ready" if is_whole else "degraded", "checks": checks})


def _unready(checks: dict[str, Any]) -> JsonResponse:
    """Answer 503, without the error in the log that Django writes of every 5xx."""
    response = JsonResponse({"status": "unready", "checks": checks}, status=503)
    vars(response)["_has_been_logged"] = True
    return response
