"""Addresses of the gallery."""

from django.urls import path

from scrm.console.gallery import views

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("drawer/", views.drawer, name="gallery_drawer"),
]
