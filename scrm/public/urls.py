"""Addresses of the doors for readers."""

from django.urls import path

from scrm.public import beacons, links, oauth, pictures

urlpatterns = [
    path("oauth/callback", oauth.finish, name="public-oauth-callback"),
    path("picture/<str:code>.jpg", pictures.show, name="public-picture"),
    path("<str:code>", links.show, name="public-link"),
    path("<str:code>/beacon", beacons.receive, name="public-beacon"),
]
