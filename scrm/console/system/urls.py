"""Addresses of the system page."""

from django.urls import path

from scrm.console.system import views

urlpatterns = [path("", views.system, name="system")]
