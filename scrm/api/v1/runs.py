"""Runs in the open API: who is where in which journey, and explanations of it."""

from typing import ClassVar
from uuid import UUID

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.errors import UnknownCustomer
from customers.selectors.customers import access_customer, identities_known_by
from scrm.api.v1.base import (
    REFUSALS,
    REFUSALS_OF_A_CHANGE,
    REFUSALS_OF_ONE,
    NewestFirst,
    ProblemListView,
    ProblemView,
)
from scrm.api.v1.explanation_serializers import ExplanationSerializer
from scrm.api.v1.filters import FlagFilter
from scrm.api.v1.journey_serializers import RunDetailSerializer, RunSerializer, StopSerializer
from scrm.api.v1.needs import EDIT_JOURNEYS, READ_JOURNEYS, READ_RUNS_AND_TOUCHES, Needs
from scrm.web.problems import Conflict
from sop.errors import UnknownJourney, UnknownRun
from sop.models import JourneyRun
from sop.selectors.explain import explain
from sop.selectors.journeys import (
    access_run,
    journey_by_code,
    log_of,
    runs_of_journey,
    runs_visible_to,
    with_subjects,
)
from sop.services.stopping import revive_runs, stop_runs


class RunFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    journey = django_filters.CharFilter(
        method="filter_journey", max_length=40, help_text="Code of the journey."
    )
    customer = django_filters.UUIDFilter(
        method="filter_customer", help_text="Uid of the customer; old uids of merged ones as well."
    )
    state = django_filters.ChoiceFilter(choices=JourneyRun.State.choices, help_text="State.")
    is_control = FlagFilter(help_text="Control group, or not.")

    class Meta:
        model = JourneyRun
        fields: ClassVar[list[str]] = []

    def filter_journey(
        self, runs: QuerySet[JourneyRun], name: str, value: str
    ) -> QuerySet[JourneyRun]:
        """Keep the runs of one journey."""
        return runs_of_journey(runs, value)

    def filter_customer(
        self, runs: QuerySet[JourneyRun], name: str, value: UUID
    ) -> QuerySet[JourneyRun]:
        """Keep the runs of one customer, over all their identities."""
        return runs.filter(identity_id__in=identities_known_by(value))


class RunView(ProblemView):
    """A view of one run."""

    reads: ClassVar[Needs] = READ_JOURNEYS
    writes: ClassVar[Needs | None] = EDIT_JOURNEYS

    def run(self, run_id: int) -> JourneyRun:
        """Return the run of the address.

        Raises:
            NotFound: there is none in the caller's scope.
        """
        try:
            return access_run(viewer=self.viewer, run_id=run_id)
        except UnknownRun as error:
            raise NotFound("There is no such run in your data scope.") from error

    def shown(self, run_id: int) -> Response:
        """Answer with the run as it is now, and its log."""
        run = self.run(run_id)
        return Response(RunDetailSerializer(run, context={"log": log_of(run)}).data)


@extend_schema(summary="List runs", responses={200: RunSerializer(many=True), **REFUSALS})
class RunListView(ProblemListView, ListAPIView[JourneyRun]):
    """The runs of the customers in the caller's data scope, newest first."""

    reads: ClassVar[Needs] = READ_JOURNEYS
    queryset = JourneyRun.objects.none()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[JourneyRun]:
        """Return the runs that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return JourneyRun.objects.none()
        return with_subjects(runs_visible_to(self.viewer))


class RunDetailView(RunView):
    """One run."""

    @extend_schema(summary="Show a run", responses={200: RunDetailSerializer, **REFUSALS_OF_ONE})
    def get(self, request: Request, run_id: int) -> Response:
        """Show a run with its step log."""
        return self.shown(run_id)


class StopView(RunView):
    """Stopping a run."""

    @extend_schema(
        summary="Stop a run",
        request=StopSerializer,
        responses={200: RunDetailSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Stop a run and withdraw what it had under way; the reason is logged with your name."""
        body = StopSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        run = self.run(run_id)
        reason = f"{self.viewer}：{body.validated_data['reason']}"
        if not stop_runs(run.journey_id, reason=reason, now=clock.now(), run_ids=[run.pk]):
            raise Conflict("The run is over already.")
        return self.shown(run_id)


class ReviveView(RunView):
    """Letting a parked run go on."""

    @extend_schema(
        summary="Revive a parked run",
        request=None,
        responses={200: RunDetailSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Let a run be moved again that an error had parked, after what stopped it was mended."""
        run = self.run(run_id)
        if not revive_runs([run.pk], now=clock.now(), by=self.viewer):
            raise Conflict("The run is not parked.")
        return self.shown(run_id)


class ExplainView(ProblemView):
    """Why a customer is, or is not, in a journey."""

    reads: ClassVar[Needs] = READ_RUNS_AND_TOUCHES

    @extend_schema(
        summary="Explain a customer in a journey",
        responses={200: ExplanationSerializer, **REFUSALS_OF_ONE},
    )
    def get(self, request: Request, uid: UUID, code: str) -> Response:
        """Explain every entry test, run, step, decision and touch; needs both reading scopes."""
        try:
            customer = access_customer(viewer=self.viewer, uid=uid)
            journey = journey_by_code(code)
        except UnknownCustomer as error:
            raise NotFound("There is no such customer in your data scope.") from error
        except UnknownJourney as error:
            raise NotFound("There is no such journey.") from error
        told = explain(customer, journey, now=clock.now())
        return Response(ExplanationSerializer(told).data)
