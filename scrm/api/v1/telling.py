"""Recording events in the open API: one at a time, in batches, and which types there are."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.events import EVENT_TYPES
from customers.services.telling import Fate, Outcome, Told, record_told_events
from scrm.api.v1.base import ProblemView, refusals
from scrm.api.v1.event_serializers import (
    BatchShapeSerializer,
    EventTypeSerializer,
    OutcomeSerializer,
    OutcomesSerializer,
    ToldBatchSerializer,
    ToldEventSerializer,
    ToldOneSerializer,
    told_of,
    type_of,
)
from scrm.api.v1.needs import RECORD_EVENTS, Needs
from scrm.web.problems import Conflict, Unprocessable, messages_by_path

MAX_SHOWN_MESSAGES: Final = 3


class EventBatchView(ProblemView):
    """Recording many events."""

    writes: ClassVar[Needs | None] = RECORD_EVENTS

    @extend_schema(
        summary="Record a batch of events",
        request=ToldBatchSerializer,
        responses={200: OutcomesSerializer, **refusals(400, 401, 403)},
    )
    def post(self, request: Request) -> Response:
        """Record up to 1,000 events; each is taken or refused by itself, in one transaction.

        Safe to repeat as a whole: what stands in the ledger already is a `duplicate`.
        """
        body = BatchShapeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        read = [_read(one) for one in body.validated_data["events"]]
        recorded = iter(
            record_told_events(
                [one for one in read if isinstance(one, Told)],
                viewer=self.viewer,
                makes_customers=body.validated_data["create_customers"],
                now=clock.now(),
            )
        )
        outcomes = [next(recorded) if isinstance(one, Told) else one for one in read]
        counts = Counter(outcome.fate for outcome in outcomes)
        told = {fate.value: counts[fate] for fate in Fate} | {"results": outcomes}
        return Response(OutcomesSerializer(told).data)


class EventTypesView(ProblemView):
    """What kinds of events there are."""

    @extend_schema(
        summary="List the types of events",
        responses={200: EventTypeSerializer(many=True), **refusals(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """List every type with the fields of its payload; `is_told` may be recorded here."""
        return Response([type_of(one) for one in EVENT_TYPES.values()])


def record_one(view: ProblemView, body: Mapping[str, Any]) -> Response:
    """Record one event of a checked body and answer with what became of it.

    Raises:
        Conflict: the key names another event.
        Unprocessable: it is refused; the detail says why.
    """
    [outcome] = record_told_events(
        [told_of(body)],
        viewer=view.viewer,
        makes_customers=body["create_customer"],
        now=clock.now(),
    )
    if outcome.fate == Fate.CONFLICT:
        raise Conflict(outcome.reason)
    if outcome.fate == Fate.REFUSED:
        raise Unprocessable(outcome.reason)
    status = 201 if outcome.fate == Fate.RECORDED else 200
    return Response(OutcomeSerializer(outcome).data, status=status)


record_one_schema = extend_schema(
    summary="Record an event",
    request=ToldOneSerializer,
    responses={
        201: OutcomeSerializer,
        200: OutcomeSerializer,
        **refusals(400, 401, 403, 409, 422),
    },
)


def _read(raw: Any) -> Told | Outcome:
    """Return one event of a batch, or why it cannot be one."""
    body = ToldEventSerializer(data=raw)
    if body.is_valid():
        return told_of(body.validated_data)
    messages = messages_by_path(body.errors)
    shown = [f"{name}: {told[0]}" for name, told in messages.items()][:MAX_SHOWN_MESSAGES]
    key = raw.get("key") if isinstance(raw, Mapping) else ""
    return Outcome(key if isinstance(key, str) else "", Fate.REFUSED, " ".join(shown))
