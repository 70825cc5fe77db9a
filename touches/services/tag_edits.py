"""Editing one customer's tags by hand (改标签): WeCom's by a call, local ones at once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import sql
from customers.models import Follow, Tag
from touches.errors import NoSender, UnknownTags
from touches.selectors.apps import senders_of
from touches.services.plan import plan_calls
from touches.services.retagging import tag_draft, write_local_tags


def edit_tags(
    *,
    follow: Follow,
    add: Collection[int],
    remove: Collection[int],
    source: str,
    token: UUID,
    now: datetime,
) -> None:
    """Give a customer tags and take others away (改标签), as one staff member sees them.

    One transaction. An enterprise tag changes when WeCom has done it (`pending_changes` tells what
    is on its way); a local one at once. The two never hold the same tag.

    Args:
        follow: With its staff member and the identity loaded.
        add: Numbers of our tags; `remove` likewise.
        token: Which edit it is: the same one twice is one call.

    Raises:
        UnknownTags: one of them is no tag of this corp, or deleted.
        NoSender: the corp has no app to call with.
    """
    wanted = set(add) - set(remove), set(remove) - set(add)
    tags = _tags(follow, wanted[0] | wanted[1])
    added, removed = ([tags[number] for number in sorted(part)] for part in wanted)
    with transaction.atomic():
        rows = [
            {
                "identity_id": follow.identity_id,
                "tag_id": tag.pk,
                "is_added": is_added,
                "source": source,
                "reason": "",
            }
            for is_added, part in ((True, added), (False, removed))
            for tag in part
            if not tag.wecom_id
        ]
        if rows:
            write_local_tags(rows, now=now)
        _plan_call(follow, added, removed, source=source, token=token, now=now)


def _plan_call(
    follow: Follow,
    added: Collection[Tag],
    removed: Collection[Tag],
    *,
    source: str,
    token: UUID,
    now: datetime,
) -> None:
    add = {tag.pk: tag.wecom_id for tag in added if tag.wecom_id}
    remove = {tag.pk: tag.wecom_id for tag in removed if tag.wecom_id}
    if not (add or remove):
        return
    sender = senders_of([follow.staff.corp_id]).get(follow.staff.corp_id)
    if sender is None:
        raise NoSender(str(follow.staff.corp_id))
    draft = tag_draft(
        app_id=sender.app_id,
        staff=follow.staff,
        external_userid=follow.identity.value,
        identity_id=follow.identity_id,
        add=add,
        remove=remove,
        source=source,
        reason="",
    )
    plan_calls([(f"tags:{follow.pk}:{token}", draft)], now=now)


def _tags(follow: Follow, numbers: Collection[int]) -> dict[int, Tag]:
    tags = Tag.objects.filter(
        pk__in=numbers, corp_id=follow.staff.corp_id, is_deleted=False
    ).in_bulk()
    if len(tags) < len(numbers):
        raise UnknownTags(sql.numbers(sorted(set(numbers) - tags.keys())))
    return tags
