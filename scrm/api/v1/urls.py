"""Addresses of the open API."""

from django.urls import path, re_path

from scrm.api.v1.codes import CodeDetailView, CodeDisableView, CodeEnableView, CodeListView
from scrm.api.v1.customers import CustomerEventsView, CustomerListView, CustomerView
from scrm.api.v1.dispatches import DecideView, DispatchListView
from scrm.api.v1.docs import docs
from scrm.api.v1.events import EventsView
from scrm.api.v1.identities import IdentitiesView
from scrm.api.v1.journeys import (
    ArchiveView,
    DraftView,
    JourneyDetailView,
    JourneyListView,
    PauseView,
    PublishView,
    ResumeView,
    StepsView,
    VersionListView,
    VersionView,
)
from scrm.api.v1.materials import MaterialDetailView, MaterialListView
from scrm.api.v1.runs import ExplainView, ReviveView, RunDetailView, RunListView, StopView
from scrm.api.v1.schema import NothingHere, SchemaView
from scrm.api.v1.tags import CustomerTagView, TagLibraryView, TagView
from scrm.api.v1.telling import EventBatchView, EventTypesView
from scrm.api.v1.touches import TouchListView, TouchView

urlpatterns = [
    path("customers/", CustomerListView.as_view()),
    path("customers/<uuid:uid>/", CustomerView.as_view()),
    path("customers/<uuid:uid>/events/", CustomerEventsView.as_view()),
    path("customers/<uuid:uid>/identities/", IdentitiesView.as_view()),
    path("customers/<uuid:uid>/tags/<int:tag_id>/", CustomerTagView.as_view()),
    path("tags/", TagLibraryView.as_view()),
    path("tags/<int:tag_id>/", TagView.as_view()),
    path("events/", EventsView.as_view()),
    path("events/batch/", EventBatchView.as_view()),
    path("events/types/", EventTypesView.as_view()),
    path("customers/<uuid:uid>/journeys/<str:code>/explain/", ExplainView.as_view()),
    path("journeys/", JourneyListView.as_view()),
    path("journeys/<uuid:uid>/", JourneyDetailView.as_view()),
    path("journeys/<uuid:uid>/draft/", DraftView.as_view()),
    path("journeys/<uuid:uid>/publish/", PublishView.as_view()),
    path("journeys/<uuid:uid>/pause/", PauseView.as_view()),
    path("journeys/<uuid:uid>/resume/", ResumeView.as_view()),
    path("journeys/<uuid:uid>/archive/", ArchiveView.as_view()),
    path("journeys/<uuid:uid>/versions/", VersionListView.as_view()),
    path("journeys/<uuid:uid>/versions/<int:number>/", VersionView.as_view()),
    path("journeys/<uuid:uid>/steps/", StepsView.as_view()),
    path("runs/", RunListView.as_view()),
    path("runs/<int:run_id>/", RunDetailView.as_view()),
    path("runs/<int:run_id>/stop/", StopView.as_view()),
    path("runs/<int:run_id>/revive/", ReviveView.as_view()),
    path("touches/", TouchListView.as_view()),
    path("touches/<uuid:uid>/", TouchView.as_view()),
    path("dispatches/", DispatchListView.as_view()),
    path("dispatches/<uuid:call_id>/decide/", DecideView.as_view()),
    path("channel-codes/", CodeListView.as_view()),
    path("channel-codes/<int:code_id>/", CodeDetailView.as_view()),
    path("channel-codes/<int:code_id>/disable/", CodeDisableView.as_view()),
    path("channel-codes/<int:code_id>/enable/", CodeEnableView.as_view()),
    path("materials/", MaterialListView.as_view()),
    path("materials/<int:material_id>/", MaterialDetailView.as_view()),
    path("docs/", docs, name="api-docs"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    re_path(r"", NothingHere.as_view()),
]
