"""Addresses of calls."""

from django.urls import path

from scrm.console.dispatches import acts, views

urlpatterns = [
    path("", views.mass, name="dispatches"),
    path("calls/", views.calls, name="dispatches-calls"),
    path("unknown/", views.unknown, name="dispatches-unknown"),
    path("<uuid:call_id>/", views.call, name="dispatch"),
    path("<uuid:call_id>/decide/", acts.decide, name="dispatch-decide"),
    path("<uuid:call_id>/again/", acts.again, name="dispatch-again"),
    path("<uuid:call_id>/remind/", acts.remind, name="dispatch-remind"),
    path("<uuid:call_id>/withdraw/", acts.withdraw, name="dispatch-withdraw"),
]
