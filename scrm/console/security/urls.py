"""Addresses of one's own sign-ins."""

from django.urls import path

from scrm.console.security import views

urlpatterns = [
    path("security/", views.overview, name="security"),
    path("security/password/", views.set_password, name="security-password"),
    path("security/authenticator/", views.set_up_totp, name="security-authenticator"),
    path("security/authenticator/change/", views.change_totp, name="security-totp-change"),
    path("security/sessions/", views.end_others, name="security-sessions"),
]
