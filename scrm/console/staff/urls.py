"""Addresses of staff and departments."""

from django.urls import path

from scrm.console.staff import views

urlpatterns = [path("staff/", views.listing, name="staff")]
