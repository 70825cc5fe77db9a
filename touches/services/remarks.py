"""Changing what a staff member calls a customer (改备注): by a call to WeCom, who holds it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customers.models import Follow
from touches.errors import BadRemark, CannotEmpty, NoSender
from touches.models import Dispatch
from touches.pairs import pair_key
from touches.selectors.apps import senders_of
from touches.selectors.pending import pending_changes
from touches.services.plan import DispatchDraft, plan_calls

MAX_CHARACTERS: Final = 20
MAX_DESCRIPTION_CHARACTERS: Final = 150


def plan_remark(
    *,
    follow: Follow,
    remark: str,
    description: str | None = None,
    token: UUID,
    source: str,
    now: datetime,
) -> None:
    """Plan the call that changes a remark and description (改备注); our copy follows it.

    One transaction. Calls about one member and customer go one after the other. What is as it was
    is not sent, and where nothing changes nothing is planned.

    Args:
        follow: With its staff member, their corp and the identity loaded.
        description: What the member has written about the customer; None leaves it as it is.
        token: Which change it is: the same one twice is one call.

    Raises:
        BadRemark: one of them is longer than WeCom allows.
        CannotEmpty: one of them was there and is to go; WeCom takes no empty ones.
        NoSender: the corp has no app to call with.

    Source: wecom-api §6.5.
    """
    changes = _changes(follow, remark, description)
    if changes:
        plan_calls([(f"remark:{follow.pk}:{token}", _draft(follow, changes, source))], now=now)


def _draft(follow: Follow, changes: dict[str, str], source: str) -> DispatchDraft:
    staff, external_userid = follow.staff, follow.identity.value
    sender = senders_of([staff.corp_id]).get(staff.corp_id)
    if sender is None:
        raise NoSender(str(staff.corp_id))
    return DispatchDraft(
        kind=Dispatch.Kind.REMARK,
        corp_id=staff.corp_id,
        app_id=sender.app_id,
        body={"userid": staff.userid, "external_userid": external_userid, **changes},
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


def _changes(follow: Follow, remark: str, description: str | None) -> dict[str, str]:
    """Return what a call has to say, compared with what is there or on its way."""
    coming = pending_changes(follow)
    before = follow.remark if coming.remark is None else coming.remark
    changes = _changed("remark", remark, before, MAX_CHARACTERS)
    if description is not None:
        before = follow.description if coming.description is None else coming.description
        changes |= _changed("description", description, before, MAX_DESCRIPTION_CHARACTERS)
    return changes


def _changed(name: str, words: str, before: str, most: int) -> dict[str, str]:
    """Return what a call says of one field: nothing where it stays as it is."""
    words = words.strip()
    if len(words) > most:
        raise BadRemark(name)
    if words == before:
        return {}
    if not words:
        raise CannotEmpty(name)
    return {name: words}
