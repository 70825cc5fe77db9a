"""Every address of the product, by door; WeCom's callbacks have theirs in `scrm.api.callbacks`."""

from django.urls import include, path

from scrm.admin import SITE
from scrm.api import demo_clock, health, metrics

urlpatterns = [
    path("l/", include("scrm.public.urls")),
    path("api/v1/", include("scrm.api.v1.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("_demo/clock", demo_clock.advance),
    path("admin/", SITE.urls),
    path("", include("scrm.sidebar.urls")),
    path("", include("scrm.console.urls")),
]
