"""Addresses of the sidebar and the workbench."""

from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("m/customers/<uuid:uid>/", RedirectView.as_view(url="/"), name="workbench-customer"),
]
