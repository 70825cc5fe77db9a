"""Addresses of accounts and roles."""

from django.urls import path

from scrm.console.accounts import roles, views

urlpatterns = [
    path("accounts/", views.listing, name="accounts"),
    path("accounts/new/", views.create, name="account-new"),
    path("accounts/<int:pk>/", views.edit, name="account"),
    path("accounts/<int:pk>/state/", views.set_state, name="account-state"),
    path("accounts/<int:pk>/password/", views.new_password, name="account-password"),
    path("accounts/<int:pk>/authenticator/", views.drop_totp, name="account-authenticator"),
    path("roles/", roles.roles, name="roles"),
    path("roles/<slug:role>/reset/", roles.reset, name="role-reset"),
]
