"""Helpers for tests of the journeys' pages."""

from typing import Any

from django.test import Client
from django.urls import reverse

from org.models import User
from sop.models import Journey
from sop.services.publishing import create_journey
from tests.makers import NOW, make_user
from tests.sop.world import GREETING, program

HTMX = {"HX-Request": "true"}
WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}}


def signed_in(role: str = User.Role.OPERATOR, name: str = "operator", **over: Any) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(make_user(name, role, **over))
    return client


def draft(*steps: dict[str, Any], code: str = "J1", **over: Any) -> Journey:
    """A journey that was never published."""
    raw = program(*(steps or (GREETING,)), **over)
    return create_journey(code=code, name=f"旅程 {code}", program=raw, now=NOW)


def url(name: str, journey: Journey, *args: object) -> str:
    return reverse(name, args=[journey.uid, *args])


def steps_of(journey: Journey) -> list[dict[str, Any]]:
    journey.refresh_from_db()
    return journey.draft["steps"]


def edit(client: Client, journey: Journey, op: str, *, seen: int | None = None, **values: object):
    """Ask for one operation on the draft as htmx does."""
    journey.refresh_from_db()
    data = {"op": op, "seen": journey.draft_edits if seen is None else seen, **values}
    return client.post(url("journey_edit", journey), data, headers=HTMX)


def save(client: Client, journey: Journey, key: str, **values: object):
    """Save the panel of a step; dashes in names are written as double underscores."""
    return post(client, journey, url("journey_step", journey, key), values)


def settle(client: Client, journey: Journey, part: str, **values: object):
    """Save the panel of a setting."""
    return post(client, journey, url("journey_setting", journey, part), values)


def post(client: Client, journey: Journey, address: str, values: dict[str, object]):
    journey.refresh_from_db()
    data = {"seen": journey.draft_edits} | {
        name.replace("__", "-"): value for name, value in values.items()
    }
    return client.post(address, data, headers=HTMX)
