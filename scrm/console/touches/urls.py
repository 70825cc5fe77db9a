"""Addresses of touches."""

from django.urls import path

from scrm.console.touches import views

urlpatterns = [
    path("", views.touches, name="touches"),
    path("export/", views.export, name="touches-export"),
    path("<uuid:uid>/", views.touch, name="touch"),
    path("<uuid:uid>/withdraw/", views.withdraw, name="touch-withdraw"),
]
