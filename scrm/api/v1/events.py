"""The ledger in the open API: for programs that follow it."""

from typing import Any, ClassVar, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Event
from customers.selectors.customers import customers_visible_to
from customers.selectors.feed import last_settled_event_id
from scrm.api.v1.base import REFUSALS, ProblemView
from scrm.api.v1.event_serializers import ToldOneSerializer
from scrm.api.v1.needs import RECORD_EVENTS, Needs
from scrm.api.v1.serializers import EventFeedSerializer, EventSerializer
from scrm.api.v1.telling import record_one, record_one_schema

BIGGEST_ID: Final = 2**63 - 1


class FeedQuery(serializers.Serializer[Any]):
    """The parameters of the feed."""

    after = serializers.IntegerField(
        default=0, min_value=0, max_value=BIGGEST_ID, help_text="Number of the last event known."
    )
    limit = serializers.IntegerField(default=200, min_value=1, max_value=1_000)


class EventsView(ProblemView):
    """Events in the order of recording; and recording one."""

    writes: ClassVar[Needs | None] = RECORD_EVENTS
    parameters: ClassVar[frozenset[str]] = frozenset({"after", "limit"})

    @extend_schema(
        summary="Follow the events",
        parameters=[FeedQuery],
        responses={200: EventFeedSerializer, **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """Return the events recorded after one that is known, in the order of their numbers.

        An event is held back while one with a lower number may still be committed. Only customers
        in the caller's data scope. Start with `after=0`, go on with `next_after`.
        """
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        after, limit = query.validated_data["after"], query.validated_data["limit"]
        events = list(
            Event.objects.filter(
                id__gt=after,
                id__lte=last_settled_event_id(),
                identity__customer__in=customers_visible_to(self.viewer),
            )
            .select_related("staff", "identity__customer")
            .order_by("id")[:limit]
        )
        return Response(
            {
                "results": [EventSerializer(event).data for event in events],
                "next_after": events[-1].id if events else after,
            }
        )

    @record_one_schema
    def post(self, request: Request) -> Response:
        """Record an event that another system tells; told again with its key it is the same."""
        body = ToldOneSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return record_one(self, body.validated_data)
