"""Every address of the product, by door."""

from django.contrib import admin
from django.urls import include, path

from scrm.api import callbacks

urlpatterns = [
    path("wecom/callback/<str:corp_id>/<slug:app_slug>", callbacks.wecom_callback),
    path("l/", include("scrm.public.urls")),
    path("admin/", admin.site.urls),
]
