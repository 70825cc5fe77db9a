"""Addresses of jobs."""

from django.urls import path

from scrm.console.jobs import views

urlpatterns = [
    path("<int:job_id>/", views.job, name="job"),
    path("<int:job_id>/cancel/", views.cancel, name="job-cancel"),
    path("<int:job_id>/undo/", views.undo, name="job-undo"),
    path("<int:job_id>/files/", views.files, name="job-files"),
]
