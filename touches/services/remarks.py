"""Changing what a staff member calls a customer (改备注): by a call to WeCom, who holds it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customers.models import Follow
from touches.errors import BadRemark, NoSender
from touches.models import Dispatch
from touches.pairs import pair_key
from touches.selectors.apps import senders_of
from touches.services.plan import DispatchDraft, plan_calls

MAX_CHARACTERS: Final = 20


def plan_remark(*, follow: Follow, remark: str, token: UUID, source: str, now: datetime) -> None:
    """Plan the call that changes a remark (改备注); our copy follows when it is done.

    One transaction. Calls about one member and customer go one after the other.

    Args:
        follow: With its staff member, their corp and the identity loaded.
        token: Which change it is: the same one twice is one call.

    Raises:
        BadRemark: it is longer than WeCom allows.
        NoSender: the corp has no app to call with.

    Source: wecom-api §6.5.
    """
    words = remark.strip()
    if len(words) > MAX_CHARACTERS:
        raise BadRemark(f"a remark has at most {MAX_CHARACTERS} characters")
    staff, external_userid = follow.staff, follow.identity.value
    sender = senders_of([staff.corp_id]).get(staff.corp_id)
    if sender is None:
        raise NoSender(str(staff.corp_id))
    draft = DispatchDraft(
        kind=Dispatch.Kind.REMARK,
        corp_id=staff.corp_id,
        app_id=sender.app_id,
        body={"userid": staff.userid, "external_userid": external_userid, "remark": words},
        context={
            "corp_id": staff.corp_id,
            "identity_id": follow.identity_id,
            "staff_id": staff.pk,
            "external_userid": external_userid,
            "source": source,
            "reason": source,
        },
        serial_key=pair_key(staff, external_userid),
    )
    plan_calls([(f"remark:{follow.pk}:{token}", draft)], now=now)
