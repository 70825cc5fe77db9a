"""Addresses of the dashboard."""

from django.urls import path

from scrm.console.dashboard import views

urlpatterns = [
    path("", views.board, name="dashboard"),
    path("export/", views.export_board, name="dashboard-export"),
    path("people/", views.people, name="dashboard-people"),
    path("people/export/", views.export_people, name="dashboard-people-export"),
]
