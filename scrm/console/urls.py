"""Addresses of the operators' doors."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.i18n import set_language

from scrm.console import views

urlpatterns = [
    path("journeys/", include("scrm.console.journeys.urls")),
    path("", views.home, name="home"),
    path(
        "login/",
        LoginView.as_view(template_name="console/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("language/", set_language, name="set_language"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
]
