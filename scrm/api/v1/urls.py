"""Addresses of the open API."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from scrm.api.v1.customers import CustomerEventsView, CustomerListView, CustomerView
from scrm.api.v1.events import EventFeedView

urlpatterns = [
    path("customers/", CustomerListView.as_view()),
    path("customers/<uuid:uid>/", CustomerView.as_view()),
    path("customers/<uuid:uid>/events/", CustomerEventsView.as_view()),
    path("events/", EventFeedView.as_view()),
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
]
