"""Journeys in the open API: drafting, publishing, pausing, ending, and where their runs stand."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from scrm.api.v1.base import (
    REFUSALS,
    REFUSALS_OF_A_CHANGE,
    REFUSALS_OF_ONE,
    NewestFirst,
    ProblemListView,
    ProblemView,
)
from scrm.api.v1.journey_serializers import (
    DraftProblemsSerializer,
    DraftSerializer,
    JourneyDetailSerializer,
    JourneyInListSerializer,
    NewJourneySerializer,
    StepCountsSerializer,
    VersionProgramSerializer,
    VersionSerializer,
)
from scrm.api.v1.needs import EDIT_JOURNEYS, PUBLISH_JOURNEYS, READ_JOURNEYS, Needs
from scrm.web.problems import Conflict
from sop.errors import BadProgram, CodeTaken, UnknownJourney, WrongState
from sop.models import Journey, JourneyVersion
from sop.selectors.journeys import active_counts, journey_by_uid, step_counts, version_of
from sop.services import publishing


class JourneyView(ProblemView):
    """A view of one journey."""

    reads: ClassVar[Needs] = READ_JOURNEYS
    writes: ClassVar[Needs | None] = EDIT_JOURNEYS

    def journey(self, uid: UUID) -> Journey:
        """Return the journey of the address.

        Raises:
            NotFound: there is none.
        """
        try:
            return journey_by_uid(uid)
        except UnknownJourney as error:
            raise NotFound("There is no such journey.") from error

    def shown(self, uid: UUID, status: int = 200) -> Response:
        """Answer with the journey as it is now."""
        return Response(JourneyDetailSerializer(self.journey(uid)).data, status=status)


class JourneyFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    state = django_filters.ChoiceFilter(choices=Journey.State.choices, help_text="State.")

    class Meta:
        model = Journey
        fields: ClassVar[list[str]] = []


class JourneyListView(ProblemListView, ListAPIView[Journey]):
    """All journeys, newest first; and making a new one."""

    reads: ClassVar[Needs] = READ_JOURNEYS
    writes: ClassVar[Needs | None] = EDIT_JOURNEYS
    queryset = Journey.objects.none()
    serializer_class = JourneyInListSerializer
    filterset_class = JourneyFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Journey]:
        """Return the journeys without their drafts."""
        return Journey.objects.select_related("current").defer("draft", "current__program")

    @extend_schema(
        summary="List journeys", responses={200: JourneyInListSerializer(many=True), **REFUSALS}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List journeys with how many runs in the caller's scope are active in each."""
        found = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        page: Any = found or []
        context = {"active_runs": active_counts(self.viewer, page)}
        return self.get_paginated_response(
            JourneyInListSerializer(page, many=True, context=context).data
        )

    @extend_schema(
        summary="Draft a journey",
        request=NewJourneySerializer,
        responses={201: JourneyDetailSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request) -> Response:
        """Make a journey with its draft, which may still be faulty; nobody enters yet."""
        body = NewJourneySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            made = publishing.create_journey(**body.validated_data, now=clock.now())
        except CodeTaken as error:
            raise Conflict(str(error)) from error
        return Response(JourneyDetailSerializer(made).data, status=201)


class JourneyDetailView(JourneyView):
    """One journey."""

    @extend_schema(
        summary="Show a journey", responses={200: JourneyDetailSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """Show a journey with its draft and what keeps that from being published."""
        return self.shown(uid)


class DraftView(JourneyView):
    """The draft of a journey."""

    @extend_schema(
        summary="Keep a draft",
        request=DraftSerializer,
        responses={200: DraftProblemsSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def put(self, request: Request, uid: UUID) -> Response:
        """Replace the draft; it is kept even where it has problems, which are returned."""
        body = DraftSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        problems = publishing.change_draft(
            self.journey(uid).pk,
            program=body.validated_data["program"],
            now=clock.now(),
            by=self.viewer,
        )
        return Response({"problems": problems})


class _ChangeView(JourneyView):
    """A change of a journey's state, which answers with the journey as it is then."""

    writes: ClassVar[Needs | None] = PUBLISH_JOURNEYS

    def changed(self, uid: UUID, change: Callable[[int], object]) -> Response:
        """Make the change.

        Raises:
            Conflict: it cannot be done as things stand.
        """
        try:
            change(self.journey(uid).pk)
        except BadProgram as error:
            raise Conflict("The draft has problems.", error.problems) from error
        except WrongState as error:
            raise Conflict(str(error)) from error
        return self.shown(uid)


_CHANGED = {200: JourneyDetailSerializer, **REFUSALS_OF_A_CHANGE}


class PublishView(_ChangeView):
    """Publishing."""

    @extend_schema(summary="Publish the draft", request=None, responses=_CHANGED)
    def post(self, request: Request, uid: UUID) -> Response:
        """Publish the draft as the next version; runs stay on the version they entered by."""
        now, by = clock.now(), self.viewer
        return self.changed(uid, lambda pk: publishing.publish(pk, now=now, by=by))


class PauseView(_ChangeView):
    """Pausing."""

    @extend_schema(summary="Pause a journey", request=None, responses=_CHANGED)
    def post(self, request: Request, uid: UUID) -> Response:
        """Pause: nobody enters, no run moves; exits and goals still count."""
        now, by = clock.now(), self.viewer
        return self.changed(uid, lambda pk: publishing.pause(pk, now=now, by=by))


class ResumeView(_ChangeView):
    """Going on."""

    @extend_schema(summary="Resume a journey", request=None, responses=_CHANGED)
    def post(self, request: Request, uid: UUID) -> Response:
        """Let a paused journey go on; what is overdue is taken up at once."""
        now, by = clock.now(), self.viewer
        return self.changed(uid, lambda pk: publishing.resume(pk, now=now, by=by))


class ArchiveView(_ChangeView):
    """Ending."""

    @extend_schema(summary="Archive a journey", request=None, responses=_CHANGED)
    def post(self, request: Request, uid: UUID) -> Response:
        """End a journey: nobody enters, its runs are stopped, open touches are withdrawn."""
        now, by = clock.now(), self.viewer
        return self.changed(uid, lambda pk: publishing.archive(pk, now=now, by=by))


@extend_schema(
    summary="List a journey's versions",
    responses={200: VersionSerializer(many=True), **REFUSALS_OF_ONE},
)
class VersionListView(ProblemListView, JourneyView, ListAPIView[JourneyVersion]):
    """The published versions of a journey, newest first."""

    queryset = JourneyVersion.objects.none()
    serializer_class = VersionSerializer
    pagination_class = NewestFirst
    filter_backends = ()

    def get_queryset(self) -> QuerySet[JourneyVersion]:
        """Return the versions without their programs."""
        if getattr(self, "swagger_fake_view", False):
            return JourneyVersion.objects.none()
        versions = self.journey(self.kwargs["uid"]).versions
        return versions.select_related("published_by").defer("program")


class VersionView(JourneyView):
    """One published version."""

    @extend_schema(
        summary="Show a version", responses={200: VersionProgramSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, uid: UUID, number: int) -> Response:
        """Show a version with its program, which never changes."""
        try:
            version = version_of(self.journey(uid), number)
        except UnknownJourney as error:
            raise NotFound("There is no such version.") from error
        return Response(VersionProgramSerializer(version).data)


class StepsView(JourneyView):
    """Where the runs stand."""

    @extend_schema(
        summary="Count runs by step", responses={200: StepCountsSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """Count the runs in the caller's scope that stand at each step now."""
        counts = step_counts(self.viewer, self.journey(uid))
        return Response(StepCountsSerializer({"results": counts}).data)
