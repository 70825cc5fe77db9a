"""Calls that need a person, in the open API: of unknown fate, or stopped by a setting."""

from typing import Any, ClassVar, Final
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
    NewestFirst,
    ProblemListView,
    ProblemView,
)
from scrm.api.v1.needs import DECIDE_TOUCHES, READ_TOUCHES, Needs
from scrm.api.v1.touch_serializers import DecisionSerializer, DispatchSerializer
from scrm.web.problems import Conflict
from touches.errors import MessageIsHeld, NotUnknown, UnknownCall
from touches.models import Dispatch
from touches.selectors.visible import access_call, calls_for_people
from touches.services.deciding import Decision, decide_unknown

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

    reads: ClassVar[Needs] = READ_TOUCHES
    queryset = Dispatch.objects.none()
    serializer_class: Any = DispatchSerializer
    filterset_class = DispatchFilter
    pagination_class = NewestCallsFirst

    def get_queryset(self) -> QuerySet[Dispatch]:
        """Return the calls that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Dispatch.objects.none()
        return calls_for_people(self.viewer).defer("payload", "context")


class DecideView(ProblemView):
    """Ending the doubt about a call."""

    reads: ClassVar[Needs] = READ_TOUCHES
    writes: ClassVar[Needs | None] = DECIDE_TOUCHES

    @extend_schema(
        summary="Decide on a call of unknown fate",
        request=DecisionSerializer,
        responses={200: DispatchSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request, call_id: UUID) -> Response:
        """Say what became of a call, after a look into WeCom; logged with your name."""
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        self._decide(call_id, **body.validated_data)
        return Response(DispatchSerializer(access_call(viewer=self.viewer, call_id=call_id)).data)

    def _decide(self, call_id: UUID, *, verdict: str, wecom_ref: str) -> None:
        try:
            call = access_call(viewer=self.viewer, call_id=call_id)
            decide_unknown(
                call.pk,
                verdict=Decision(verdict),
                actor=f"user:{self.viewer.username}",
                now=clock.now(),
                wecom_ref=wecom_ref,
            )
        except UnknownCall as error:
            raise NotFound("There is no such call in your data scope.") from error
        except NotUnknown as error:
            raise Conflict("The fate of this call is not unknown.") from error
        except MessageIsHeld as error:
            raise Conflict("Another call holds the mass message of that number.") from error
