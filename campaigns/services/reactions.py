"""What follows from a new friend (新好友): the channel's tags and remark, and the first task.

Reactions of the loop on `friend_added`: they happen once, in the dispatcher's transaction, and are
never replayed. Each plans work under a key of its event, so a repeated batch plans nothing more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from campaigns.models import ChannelCode
from common.clock import local_date
from content.placeholders import CUSTOMER
from customers.models import Customer, Identity
from customers.services.ledger import LedgerEvent
from org.models import Staff
from touches.models import Dispatch
from touches.pairs import pair_key
from touches.services.plan import DispatchDraft, plan_calls
from touches.services.retagging import tag_draft
from touches.services.tasks_for_staff import TaskPlan, plan_staff_tasks

CHANNEL: Final = "{渠道}"
DATE: Final = "{日期}"
SOURCE: Final = "channel_code"
MAX_REMARK_CHARACTERS: Final = 20
# A friendship that we hear of later than this (a first synchronisation, a lost callback) is kept,
# but nobody is greeted for it.
LATE_AFTER: Final = timedelta(hours=24)
NAME_GRACE: Final = timedelta(seconds=3)
# So long a remark waits for the name in it; later calls for the same pair wait behind.
NAME_PATIENCE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new friend that came by one of our channel codes."""

    event: LedgerEvent
    code: ChannelCode
    staff: Staff
    external_userid: str
    customer_name: str


def apply_channel_tags(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Plan the tags (自动打标) and the remark that a friend's channel code asks for.

    Calls for one staff member and customer go one after the other; our own copy of the tags follows
    when WeCom has taken them, for its API writes give no callback.

    Source: wecom-api §7.2, §6.5.
    """
    arrivals = _arrivals(events, now=now)
    # The tags come first: a remark may have to wait for the customer's name.
    plan_calls([draft for arrival in arrivals for draft in _tag_drafts(arrival)], now=now)
    plan_calls(
        [draft for arrival in arrivals for draft in _remark_drafts(arrival, now=now)], now=now
    )


def plan_first_task(events: Sequence[LedgerEvent], *, now: datetime) -> None:
    """Plan the first task (首个任务) that a friend's channel code gives the staff member.

    One a code and customer, however often the friendship begins anew.
    """
    plans = [
        TaskPlan(
            key=f"first_task:{arrival.code.pk}:{arrival.event.identity_id}",
            identity_id=arrival.event.identity_id,
            customer_id=arrival.event.customer_id,
            staff_id=arrival.staff.pk,
            title=arrival.code.task_title,
            body=arrival.code.task_body,
            facts=(("渠道", arrival.code.name),),
            due_at=_task_due_at(arrival, now=now),
            origin_kind="channel_code",
            origin_id=str(arrival.code.pk),
        )
        for arrival in _arrivals(events, now=now)
        if arrival.code.task_delay_minutes is not None
    ]
    plan_staff_tasks(plans, now=now)


def _task_due_at(arrival: Arrival, *, now: datetime) -> datetime:
    """Return when the task is due; a card about somebody just added waits for their name."""
    delay = timedelta(minutes=arrival.code.task_delay_minutes or 0)
    grace = timedelta(0) if arrival.customer_name else NAME_GRACE
    return max(now + grace, arrival.event.occurred_at + delay)


def _arrivals(events: Sequence[LedgerEvent], *, now: datetime) -> list[Arrival]:
    """Read what the events' channels, staff and customers are; a constant number of queries."""
    stated = [
        event
        for event in events
        if event.payload.get("state") and event.staff_id and event.occurred_at > now - LATE_AFTER
    ]
    if not stated:
        return []
    codes = {
        (code.corp_id, code.state): code
        for code in ChannelCode.objects.filter(
            state__in={event.payload["state"] for event in stated}, is_enabled=True
        ).prefetch_related("tags")
    }
    if not codes:
        return []
    staff = Staff.objects.in_bulk({event.staff_id for event in stated})
    external = dict(
        Identity.objects.filter(id__in={event.identity_id for event in stated}).values_list(
            "id", "value"
        )
    )
    names = dict(
        Customer.objects.filter(id__in={event.customer_id for event in stated}).values_list(
            "id", "name"
        )
    )
    arrivals: list[Arrival] = []
    for event in stated:
        member = staff.get(event.staff_id or 0)
        code = codes.get((member.corp_id, event.payload["state"])) if member else None
        if member is not None and code is not None:
            arrivals.append(
                Arrival(
                    event,
                    code,
                    member,
                    external[event.identity_id],
                    names.get(event.customer_id, ""),
                )
            )
    return arrivals


def _tag_drafts(arrival: Arrival) -> list[tuple[str, DispatchDraft]]:
    tags = {
        tag.pk: tag.wecom_id
        for tag in sorted(arrival.code.tags.all(), key=lambda tag: tag.pk)
        if tag.wecom_id and not tag.is_deleted
    }
    if not tags:
        return []
    draft = tag_draft(
        app_id=arrival.code.app_id,
        staff=arrival.staff,
        external_userid=arrival.external_userid,
        identity_id=arrival.event.identity_id,
        add=tags,
        remove={},
        source=SOURCE,
        reason=_reason(arrival),
    )
    return [(f"tag:{arrival.event.key}", draft)]


def _remark_drafts(arrival: Arrival, *, now: datetime) -> list[tuple[str, DispatchDraft]]:
    """Plan the remark; with a name in it that is not known yet, it is filled when it is sent."""
    template = arrival.code.remark_template.replace(CHANNEL, arrival.code.name).replace(
        DATE, f"{local_date(arrival.event.occurred_at):%m%d}"
    )
    context, deadline_at = _context(arrival), None
    room = MAX_REMARK_CHARACTERS - len(template.replace(CUSTOMER, ""))
    if CUSTOMER in template and not arrival.customer_name and room > 0:
        remark = template
        context["name_characters"] = max(1, room // template.count(CUSTOMER))
        deadline_at = now + NAME_PATIENCE
    else:
        remark = template.replace(CUSTOMER, arrival.customer_name)[:MAX_REMARK_CHARACTERS]
    if not remark:
        return []
    body = {
        "userid": arrival.staff.userid,
        "external_userid": arrival.external_userid,
        "remark": remark,
    }
    draft = DispatchDraft(
        kind=Dispatch.Kind.REMARK,
        corp_id=arrival.staff.corp_id,
        app_id=arrival.code.app_id,
        body=body,
        context=context,
        serial_key=pair_key(arrival.staff, arrival.external_userid),
        deadline_at=deadline_at,
    )
    return [(f"remark:{arrival.event.key}", draft)]


def _context(arrival: Arrival) -> dict[str, Any]:
    return {
        "corp_id": arrival.staff.corp_id,
        "identity_id": arrival.event.identity_id,
        "staff_id": arrival.staff.pk,
        "external_userid": arrival.external_userid,
        "source": SOURCE,
        "reason": _reason(arrival),
    }


def _reason(arrival: Arrival) -> str:
    return f"渠道活码 {arrival.code.name}"
