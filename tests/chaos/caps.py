"""Whether customers got more than WeCom's quota and our own caps allow."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from common.clock import local_date
from tests.chaos.received import Received
from tests.chaos.town import Town
from touches.services.caps import EXEMPT

QUOTA_USED: Final = 3
# A worker may be on the time of the stop before, when the clock is moved.
LATE_ON_TIME: Final = timedelta(hours=2, minutes=30)
_CAPS: Final = """
SELECT name, kind, lanes, purposes, "limit", days, hours FROM touches_caprule WHERE is_enabled
"""
_PEOPLE: Final = """
SELECT event.type, identity.customer_id, event.occurred_at FROM customers_event event
  JOIN customers_identity identity ON identity.id = event.identity_id
 WHERE event.type IN ('friend_added', 'order_paid')
"""
Contact = tuple[datetime, dict[str, Any]]


def cap_overruns(town: Town, touches: Sequence[dict[str, Any]], received: Received) -> list[str]:
    """Return every customer who got too much, with the cap that should have held."""
    found = [
        f"WeCom's quota of {customer} was used up when {msgid} came"
        for msgid, message in received.messages.items()
        for task in message["tasks"].values()
        for customer, result in task["targets"].items()
        if result["status"] == QUOTA_USED
    ]
    found += [
        f"{touch['key']} was done by staff and took no place"
        for touch in touches
        if touch["lane"] == "T" and touch["state"] == "confirmed" and touch["counted_at"] is None
    ]
    contacts = _contacts(touches, received)
    for cap in town.query(_CAPS):
        for customer, mine in contacts.items():
            covered = [one for one in mine if _covers(cap, one[1])]
            problem = _overrun(cap, covered)
            if problem:
                found.append(f"customer {customer}, {cap['name']}: {problem}")
    return found


def _contacts(touches: Sequence[dict[str, Any]], received: Received) -> dict[int, list[Contact]]:
    """Return what each customer got, in order: a mass message, or a task done by staff."""
    contacts: dict[int, list[Contact]] = defaultdict(list)
    for touch in touches:
        if touch["purpose"] in EXEMPT:
            continue
        if touch["lane"] == "M":
            arrivals = received.mass.get((touch["wecom_ref"], touch["external_userid"]), ())
            contacts[touch["customer_id"]] += [(one.sim_at, touch) for one in arrivals]
        elif touch["lane"] == "T" and touch["state"] == "confirmed" and touch["counted_at"]:
            contacts[touch["customer_id"]].append((touch["counted_at"], touch))
    return {who: sorted(mine, key=lambda one: one[0]) for who, mine in contacts.items()}


def _covers(cap: dict[str, Any], touch: dict[str, Any]) -> bool:
    return (not cap["lanes"] or touch["lane"] in cap["lanes"]) and (
        not cap["purposes"] or touch["purpose"] in cap["purposes"]
    )


def _overrun(cap: dict[str, Any], mine: Sequence[Contact]) -> str:
    if cap["kind"] == "count":
        for at, _touch in mine:
            first = local_date(at) - timedelta(days=cap["days"] - 1)
            near = [one for one in mine if first <= local_date(one[0]) <= local_date(at)]
            if len(near) > cap["limit"]:
                return f"{len(near)} until {at}: {[one[1]['key'] for one in near]}"
    if cap["kind"] == "gap":
        span = timedelta(hours=cap["hours"]) - LATE_ON_TIME
        for (at, touch), (then, other) in pairwise(mine):
            if then - at < span:
                return f"{touch['key']} and {other['key']} only {then - at} apart"
    return ""
