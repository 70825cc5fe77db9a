"""A small world for journeys: people with a friend among the staff, events dispatched at once."""

from datetime import datetime, timedelta
from typing import Any

from customers.events import FriendAdded, Payload
from customers.services.dispatcher import dispatch_due
from customers.services.identities import Resolved
from customers.services.ledger import NewEvent, record_events
from org.models import Staff
from scrm.loop import ROUTES
from sop.models import Journey, JourneyRun, StepLog
from sop.services.executor import advance_batch
from sop.services.publishing import create_journey, publish
from tests.makers import NOW, make_app, make_corp, make_event, make_person, make_staff
from touches.models import Touch
from wecom.models import App

FRIEND_ADDED = {"event": "friend_added"}
GREETING: dict[str, Any] = {
    "id": "greet",
    "type": "touch",
    "lane": "T",
    "purpose": "care",
    "title": "问候",
    "content": {"body": "{客户}你好"},
}


def program(*steps: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A program that lets new friends in and does these steps."""
    return {"entry": {"events": [FRIEND_ADDED]}, "steps": list(steps) or [GREETING]} | over


def live(code: str = "J1", raw: dict[str, Any] | None = None, *, now: datetime = NOW) -> Journey:
    """A published journey."""
    journey = create_journey(code=code, name=code, program=raw or program(), now=now)
    publish(journey.pk, now=now)
    journey.refresh_from_db()
    return journey


def staff(userid: str = "zhangsan") -> Staff:
    found = Staff.objects.filter(userid=userid).first()
    if found is None:
        if not App.objects.exists():
            make_app()
        found = make_staff(userid, make_corp())
    return found


def happen(
    person: Resolved,
    payload: Payload,
    *,
    at: datetime = NOW,
    now: datetime | None = None,
    by: Staff | None = None,
    key: str | None = None,
) -> None:
    """Let something happen to a customer, and the loop work it in."""
    event = make_event(person, payload, occurred_at=at, staff=by or staff(), key=key)
    record(event, now=now or at)


def record(*events: NewEvent, now: datetime) -> None:
    record_events(events, now=now)
    dispatch_due(routes=ROUTES, now=now, budget_seconds=10)


def befriend(person: Resolved | None = None, *, at: datetime = NOW, **over: Any) -> Resolved:
    """A customer who has just become a friend of a member of staff."""
    person = person or make_person()
    happen(person, FriendAdded(), at=at, **over)
    return person


def run_until(moment: datetime) -> int:
    """Move everything that is due at a moment; returns how many legs were gone."""
    count = 0
    while moved := advance_batch(now=moment):
        count += moved
    return count


def only_run() -> JourneyRun:
    return JourneyRun.objects.get()


def outcomes(run: JourneyRun) -> list[tuple[str, str]]:
    """Every step that a run passed with its outcome, in order."""
    logs = StepLog.objects.filter(run=run).order_by("id")
    return [(leg["step"], leg["outcome"]) for log in logs for leg in log.path]


def touches() -> list[tuple[str, str]]:
    return list(Touch.objects.order_by("id").values_list("origin_step", "state"))


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)
