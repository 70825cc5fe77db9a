"""Figures for Prometheus (监控指标): read from PostgreSQL at each request, nothing is kept here."""

import ipaddress
import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from common import clock
from scrm.web.gauges import golden_numbers, heartbeat_ages, queue_lengths

SCHEME: Final = "Bearer "


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Write the figures for this machine, or for whoever holds `METRICS_TOKEN`."""
    if not _may_read(request):
        return HttpResponse(status=403)
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    wanted = str(getattr(settings, "METRICS_TOKEN", ""))
    shown = request.headers.get("Authorization", "")
    if wanted and shown.startswith(SCHEME):
        return secrets.compare_digest(shown.removeprefix(SCHEME).encode(), wanted.encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # a proxy on this machine speaks for somebody else
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, text: str, label: str) -> Gauge:
        return Gauge(f"scrm_{name}", text, [label], registry=registry)

    due = gauge("oldest_due_call_seconds", "Age of the oldest due call not yet sent.", "corp")
    receipt = gauge("oldest_receipt_seconds", "Age of the oldest callback not worked in.", "corp")
    stuck = gauge("unknown_or_dead", "Calls and callbacks that need a person.", "corp")
    drift = gauge("sweep_drift", "Differences the last sweep found and healed.", "corp")
    for numbers in golden_numbers(now=clock.now()):
        due.labels(numbers.corp_id).set(numbers.oldest_due_call_seconds)
        receipt.labels(numbers.corp_id).set(numbers.oldest_receipt_seconds)
        stuck.labels(numbers.corp_id).set(numbers.unknown_or_dead_count)
        drift.labels(numbers.corp_id).set(numbers.drift_count)
    queue = gauge("queue_length", "Rows that wait, counted up to 100,000.", "queue")
    for name, length in queue_lengths().items():
        queue.labels(name).set(length)
    beat = gauge("heartbeat_age_seconds", "Time since the last sign of life.", "process")
    for name, age in heartbeat_ages().items():
        beat.labels(name).set(age.total_seconds())
    return registry
