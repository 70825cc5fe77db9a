"""Addresses of the audit log."""

from django.urls import path

from scrm.console.audit import views

urlpatterns = [
    path("audit/", views.listing, name="audit"),
    path("audit/export/", views.export, name="audit-export"),
]
