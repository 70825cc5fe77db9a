"""Addresses of what the frame asks for."""

from django.urls import path

from scrm.console.shell import views

urlpatterns = [
    path("signals/", views.signals, name="signals"),
    path("command/", views.command, name="command"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/tray/", views.tray, name="jobs-tray"),
    path("jobs/<int:job_id>/cancel/", views.cancel, name="job-cancel"),
    path("jobs/<int:job_id>/files/<int:number>/", views.job_file, name="job-file"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/recent/", views.recent_alerts, name="alerts-recent"),
    path("alerts/seen/", views.see_alerts, name="alerts-seen"),
]
