"""Touches in the open API: what was planned for whom, and what became of it."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from customers.selectors.customers import identities_known_by
from scrm.api.v1.base import (
    REFUSALS,
    REFUSALS_OF_ONE,
    NewestFirst,
    ProblemListView,
    ProblemView,
)
from scrm.api.v1.filters import IdFilter
from scrm.api.v1.needs import READ_TOUCHES, Needs
from scrm.api.v1.touch_serializers import TouchSerializer, TouchStorySerializer
from sop.selectors.journeys import ORIGIN, touches_of_journey
from touches.errors import UnknownTouch
from touches.models import Touch
from touches.selectors.visible import access_touch, touches_visible_to


class TouchFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    journey = django_filters.CharFilter(
        method="filter_journey", max_length=40, help_text="Code of the journey that planned it."
    )
    run = IdFilter(method="filter_run", help_text="Number of the run.")
    customer = django_filters.UUIDFilter(
        method="filter_customer", help_text="Uid of the customer; old uids of merged ones as well."
    )
    staff = django_filters.CharFilter(
        method="filter_staff", max_length=64, help_text="Userid of the staff member."
    )
    lane = django_filters.ChoiceFilter(choices=Touch.Lane.choices, help_text="Lane.")
    state = django_filters.ChoiceFilter(choices=Touch.State.choices, help_text="State.")
    due_from = django_filters.IsoDateTimeFilter(
        field_name="due_at", lookup_expr="gte", help_text="Due at that moment or later."
    )
    due_until = django_filters.IsoDateTimeFilter(
        field_name="due_at", lookup_expr="lt", help_text="Due before that moment."
    )

    class Meta:
        model = Touch
        fields: ClassVar[list[str]] = []

    def filter_journey(self, touches: QuerySet[Touch], name: str, value: str) -> QuerySet[Touch]:
        """Keep what runs of a journey planned."""
        return touches_of_journey(touches, value)

    def filter_run(self, touches: QuerySet[Touch], name: str, value: Any) -> QuerySet[Touch]:
        """Keep what one run planned."""
        return touches.filter(origin_kind=ORIGIN, origin_id=str(value))

    def filter_customer(self, touches: QuerySet[Touch], name: str, value: UUID) -> QuerySet[Touch]:
        """Keep the touches of one customer, over all their identities."""
        return touches.filter(identity_id__in=identities_known_by(value))

    def filter_staff(self, touches: QuerySet[Touch], name: str, value: str) -> QuerySet[Touch]:
        """Keep the touches by one staff member."""
        return touches.filter(staff__userid_folded=value.lower())


@extend_schema(summary="List touches", responses={200: TouchSerializer(many=True), **REFUSALS})
class TouchListView(ProblemListView, ListAPIView[Touch]):
    """The touches of the customers in the caller's data scope, newest first."""

    reads: ClassVar[Needs] = READ_TOUCHES
    queryset = Touch.objects.none()
    serializer_class = TouchSerializer
    filterset_class = TouchFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Touch]:
        """Return the touches that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Touch.objects.none()
        visible = touches_visible_to(self.viewer)
        return visible.select_related("identity__customer", "staff", "winner")


class TouchView(ProblemView):
    """One touch."""

    reads: ClassVar[Needs] = READ_TOUCHES

    @extend_schema(summary="Show a touch", responses={200: TouchStorySerializer, **REFUSALS_OF_ONE})
    def get(self, request: Request, uid: UUID) -> Response:
        """Show a touch with its call, its task at WeCom, its place and every state change."""
        try:
            story = access_touch(viewer=self.viewer, uid=uid)
        except UnknownTouch as error:
            raise NotFound("There is no such touch in your data scope.") from error
        return Response(TouchStorySerializer(story).data)
