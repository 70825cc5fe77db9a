"""Addresses of the connection page."""

from django.urls import path

from scrm.console.connection import views

urlpatterns = [
    path("", views.index, name="connection"),
    path("<int:corp_pk>/", views.corp, name="connection-corp"),
    path("<int:corp_pk>/apps/", views.app, name="connection-app-new"),
    path("<int:corp_pk>/apps/<int:app_pk>/", views.app, name="connection-app"),
    path("apps/<int:app_pk>/probe/", views.probe, name="connection-probe"),
    path("<int:corp_pk>/ticks/", views.ticks, name="connection-ticks"),
    path("<int:corp_pk>/sync/", views.sync, name="connection-sync"),
    path("<int:corp_pk>/sync/progress/", views.sync_progress, name="connection-sync-progress"),
]
