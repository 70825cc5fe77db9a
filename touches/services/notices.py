"""Notices to staff about a customer (内部提醒): lane F, as a card with a link to the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from common import sql
from org.models import Staff
from org.selectors.leads import leads_of
from touches.models import Dispatch, Touch
from touches.selectors.apps import Sender, senders_of
from touches.services.alerts import customer_url
from touches.services.cards import text_card
from touches.services.plan import DispatchDraft, TouchPlan, plan_touches

NOTICE_VALIDITY: Final = timedelta(hours=12)
_UIDS: Final = "SELECT id, uid FROM customers_customer WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a member of staff, or who leads them, is to know (内部提醒)."""

    key: str
    identity_id: int
    customer_id: int
    staff_id: int
    title: str
    body: str
    origin_kind: str
    origin_id: str
    origin_step: str = ""
    is_for_lead: bool = False


def plan_notices(notices: Sequence[Notice], *, now: datetime) -> int:
    """Plan notices (内部提醒), each once a key; returns how many were new.

    In the caller's transaction; a constant number of queries. Where nobody leads the member of
    staff they are told themself. Without an app to send with the notice is planned as refused.
    """
    if not notices:
        return 0
    leads = leads_of({notice.staff_id for notice in notices if notice.is_for_lead})
    receiver = {
        notice.key: leads.get(notice.staff_id, notice.staff_id)
        if notice.is_for_lead
        else notice.staff_id
        for notice in notices
    }
    staff = Staff.objects.in_bulk(set(receiver.values()))
    senders = senders_of(member.corp_id for member in staff.values())
    uids = dict(sql.fetch_all(_UIDS, [[notice.customer_id for notice in notices]]))
    return plan_touches(
        [
            _touch(
                notice,
                staff[receiver[notice.key]],
                senders.get(staff[receiver[notice.key]].corp_id),
                customer_url(uids[notice.customer_id]),
                now=now,
            )
            for notice in notices
        ],
        now=now,
    )


def _touch(
    notice: Notice, staff: Staff, sender: Sender | None, url: str, *, now: datetime
) -> TouchPlan:
    draft = None
    if sender is not None:
        draft = DispatchDraft(
            kind=Dispatch.Kind.STAFF_MESSAGE,
            corp_id=sender.corp_id,
            app_id=sender.app_id,
            body=text_card(
                userid=staff.userid,
                agent_id=sender.agent_id,
                title=notice.title,
                description=notice.body,
                url=url,
            ),
        )
    return TouchPlan(
        key=notice.key,
        identity_id=notice.identity_id,
        customer_id=notice.customer_id,
        staff_id=staff.pk,
        lane=Touch.Lane.INTERNAL,
        purpose=Touch.Purpose.SERVICE,
        title=notice.title,
        content={"kind": "notice", "body": notice.body, "url": url},
        due_at=now,
        valid_until=now + NOTICE_VALIDITY,
        origin_kind=notice.origin_kind,
        origin_id=notice.origin_id,
        origin_step=notice.origin_step,
        draft=draft,
        ended_as=None if draft else Touch.State.REFUSED,
        reason="" if draft else _("该企业没有可发消息的应用"),
    )
