"""Addresses of the tokens."""

from django.urls import path

from scrm.console.tokens import views

urlpatterns = [
    path("tokens/", views.listing, name="tokens"),
    path("tokens/new/", views.create, name="token-new"),
    path("tokens/<int:pk>/revoke/", views.revoke, name="token-revoke"),
]
