"""Addresses of the operators' doors."""

from django.urls import include, path

from scrm.console import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("scrm.console.sign_in.urls")),
]
