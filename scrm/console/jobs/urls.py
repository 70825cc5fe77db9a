"""Addresses of one job; the list and the tray belong to the frame."""

from django.urls import path

from scrm.console.jobs import views

urlpatterns = [
    path("<int:job_id>/", views.job, name="job"),
    path("<int:job_id>/undo/", views.undo, name="job-undo"),
    path("<int:job_id>/files/", views.files, name="job-files"),
]
