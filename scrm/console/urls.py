"""Addresses of the operators' doors."""

from django.urls import include, path
from django.views.i18n import set_language

from scrm.console import views

urlpatterns = [
    path("journeys/", include("scrm.console.journeys.urls")),
    path("", views.home, name="home"),
    path("", include("scrm.console.sign_in.urls")),
    path("", include("scrm.console.accounts.urls")),
    path("", include("scrm.console.audit.urls")),
    path("", include("scrm.console.security.urls")),
    path("", include("scrm.console.staff.urls")),
    path("", include("scrm.console.tokens.urls")),
    path("codes/", include("scrm.console.codes.urls")),
    path("connection/", include("scrm.console.connection.urls")),
    path("content/", include("scrm.console.content.urls")),
    path("language/", set_language, name="set_language"),
    path("customers/", include("scrm.console.customers.urls")),
    path("tags/", include("scrm.console.tags.urls")),
    path("jobs/", include("scrm.console.jobs.urls")),
    path("dashboard/", include("scrm.console.dashboard.urls")),
    path("touches/", include("scrm.console.touches.urls")),
    path("dispatches/", include("scrm.console.dispatches.urls")),
    path("", include("scrm.console.shell.urls")),
    path("system/", include("scrm.console.system.urls")),
    path("gallery/", include("scrm.console.gallery.urls")),
]
