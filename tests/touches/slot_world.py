"""A small world for the slot planner: friends, rules, and touches that ask for places."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from common.clock import SHANGHAI
from customers.models import Friendship, Profile
from customers.services.identities import Resolved
from org.models import Staff
from tests.makers import make_app, make_corp, make_person, make_staff
from touches.models import CapRule, SendingRules, Touch
from touches.selectors.rules import default_rules, forget_rules
from touches.services.plan import TouchPlan, content_key, plan_touches
from touches.services.slots import SlotReport, slot_due
from wecom.models import Corp


def local(text: str) -> datetime:
    """A moment by Asia/Shanghai's wall clock, such as `2026-11-24 10:05`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


# A Tuesday; the tasks of its first slot may be made.
SLOT = local("2026-11-24 10:05")
NOW = local("2026-11-24 10:00")


def set_rules(**over: Any) -> SendingRules:
    """Store the sending rules with some changes."""
    rules = default_rules()
    for name, value in over.items():
        setattr(rules, name, value)
    SendingRules.objects.all().delete()
    rules.save()
    forget_rules()
    return rules


def set_caps(*caps: CapRule) -> None:
    """Let these be all the caps there are."""
    CapRule.objects.all().delete()
    CapRule.objects.bulk_create(caps)
    forget_rules()


def cap(kind: str, **values: Any) -> CapRule:
    """Return a cap for both lanes, not stored."""
    values = {"name": f"{kind} {values}", "lanes": ["M", "T"]} | values
    return CapRule(kind=kind, **values)


def make_seller(userid: str = "zhangsan", corp: Corp | None = None) -> Staff:
    """Make a staff member of a corp that has an app to send with."""
    corp = corp or make_corp()
    if not corp.apps.exists():
        make_app(corp)
    return Staff.objects.filter(corp=corp, userid=userid).first() or make_staff(userid, corp)


def befriend(person: Resolved, *staff: Staff, since: datetime | None = None) -> Resolved:
    """Make somebody a friend of these staff members."""
    for member in staff:
        Friendship.objects.update_or_create(
            identity_id=person.identity_id,
            staff=member,
            defaults={"is_friend": True, "changed_at": since or NOW - timedelta(days=100)},
        )
    if since is not None:
        Profile.objects.filter(customer_id=person.customer_id).update(last_added_at=since)
    return person


def make_friend(*staff: Staff, since: datetime | None = None) -> Resolved:
    """Make a customer who is a friend of these staff members."""
    return befriend(make_person(corp=staff[0].corp), *staff, since=since)


def touch_plan(
    key: str,
    person: Resolved,
    staff: Staff,
    *,
    lane: Touch.Lane = Touch.Lane.MASS,
    due_at: datetime = SLOT,
    valid_for: timedelta = timedelta(hours=8),
    content: dict[str, Any] | None = None,
    **over: Any,
) -> TouchPlan:
    """Return the plan of a touch as a journey would make it."""
    default = (
        {"text": "周末会员日"} if lane == Touch.Lane.MASS else {"body": "问问近况", "facts": []}
    )
    content = default if content is None else content
    values: dict[str, Any] = {
        "purpose": Touch.Purpose.KNOWLEDGE,
        "title": "培育第一天",
        "origin_kind": "journey",
        "origin_id": "1",
        "content_key": content_key(content) if lane == Touch.Lane.MASS else "",
    }
    return TouchPlan(
        key=key,
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff_id=staff.pk,
        lane=lane,
        due_at=due_at,
        valid_until=due_at + valid_for,
        content=content,
        **(values | over),
    )


def plan(*plans: TouchPlan) -> list[Touch]:
    """Plan touches and return them in this order."""
    plan_touches(plans, now=min([NOW, *(one.due_at for one in plans)]))
    found = {touch.key: touch for touch in Touch.objects.all()}
    return [found[one.key] for one in plans]


def slot(now: datetime = NOW) -> SlotReport:
    """Run the planner once."""
    return slot_due(now=now, budget_seconds=10.0)


def states(touches: Sequence[Touch]) -> list[str]:
    """Return what became of these touches."""
    for touch in touches:
        touch.refresh_from_db()
    return [touch.state for touch in touches]
