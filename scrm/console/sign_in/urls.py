"""Addresses of signing in."""

from django.urls import path

from scrm.console.sign_in import steps, views, wecom

urlpatterns = [
    path("login/", views.sign_in, name="login"),
    path("login/code/", steps.ask_code, name="sign-in-code"),
    path("login/authenticator/", steps.set_up, name="sign-in-totp"),
    path("login/proceed/", steps.proceed, name="sign-in-proceed"),
    path("login/password/", steps.choose_password, name="sign-in-password"),
    path("login/wecom/", wecom.start, name="wecom-sign-in"),
    path("login/wecom/back", wecom.finish, name="wecom-sign-in-back"),
    path("logout/", views.sign_out, name="logout"),
]
