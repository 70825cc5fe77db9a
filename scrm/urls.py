"""Every address of the product, by door."""

from django.contrib import admin
from django.urls import include, path

from scrm.api import callbacks, demo_clock, health, metrics

urlpatterns = [
    path("wecom/callback/<str:corp_id>/<slug:app_slug>", callbacks.wecom_callback),
    path("l/", include("scrm.public.urls")),
    path("api/v1/", include("scrm.api.v1.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("_demo/clock", demo_clock.advance),
    path("admin/", admin.site.urls),
    path("", include("scrm.console.urls")),
]
