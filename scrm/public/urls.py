"""Addresses of the doors for readers."""

from django.urls import path

from scrm.public import beacons, links, oauth

urlpatterns = [
    path("oauth/callback", oauth.finish, name="public-oauth-callback"),
    path("<str:code>", links.show, name="public-link"),
    path("<str:code>/beacon", beacons.receive, name="public-beacon"),
]
