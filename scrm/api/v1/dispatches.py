"""Calls that need a person, in the open API: of unknown fate, or stopped by a setting."""

from typing import Any, ClassVar, Final

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView

from scrm.api.v1.base import REFUSALS, NewestFirst, ProblemListView, Scope
from scrm.api.v1.touch_serializers import DispatchSerializer
from touches.models import Dispatch
from touches.selectors.visible import calls_visible_to

_WAITING: Final = [
    (state.value, state.label) for state in (Dispatch.State.UNKNOWN, Dispatch.State.DEAD)
]


class DispatchFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    state = django_filters.ChoiceFilter(choices=_WAITING, help_text="Unknown, or dead.")

    class Meta:
        model = Dispatch
        fields: ClassVar[list[str]] = []


class NewestCallsFirst(NewestFirst):
    """Pages of calls, newest first."""

    ordering = ("-created_at", "-id")


@extend_schema(
    summary="List calls that need a person",
    responses={200: DispatchSerializer(many=True), **REFUSALS},
)
class DispatchListView(ProblemListView, ListAPIView[Dispatch]):
    """Calls of unknown fate or stopped by a setting, newest first."""

    reads: ClassVar[tuple[str, ...]] = (Scope.TOUCHES_READ,)
    queryset = Dispatch.objects.none()
    serializer_class: Any = DispatchSerializer
    filterset_class = DispatchFilter
    pagination_class = NewestCallsFirst

    def get_queryset(self) -> QuerySet[Dispatch]:
        """Return the calls that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Dispatch.objects.none()
        return calls_visible_to(self.viewer).defer("payload", "context")
