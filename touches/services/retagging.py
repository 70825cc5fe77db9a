"""Changing customers' tags (打标签): calls to WeCom, or our own rows where a tag is local.

An enterprise tag is changed by a call, one after the other for each member and customer; a local
one is written at once. A name that no tag of the corp bears is left out and told.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from common import sql
from org.models import Staff
from touches.models import Dispatch
from touches.pairs import pair_key
from touches.selectors.apps import senders_of
from touches.services.plan import DispatchDraft, plan_calls

logger = logging.getLogger(__name__)

_TAGS: Final = """
SELECT corp_id, name, min(id), min(wecom_id) FROM customers_tag
 WHERE name = ANY(%s) AND NOT is_deleted GROUP BY corp_id, name
"""
_EXTERNAL: Final = "SELECT id, value FROM customers_identity WHERE id = ANY(%s)"
_WRITE_LOCAL: Final = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        identity_id bigint, tag_id bigint, is_added boolean, source text, reason text)
), removed AS (
    DELETE FROM customers_tagassignment held USING told
     WHERE held.identity_id = told.identity_id AND held.tag_id = told.tag_id
       AND held.follow_id IS NULL AND NOT told.is_added
)
INSERT INTO customers_tagassignment (identity_id, tag_id, source, reason, assigned_at)
SELECT identity_id, tag_id, source, reason, %(now)s FROM told WHERE is_added
 ORDER BY identity_id, tag_id
ON CONFLICT (identity_id, tag_id) WHERE follow_id IS NULL DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class TagChange:
    """Tags that one customer is to get and to lose, by their names (打标签).

    Attributes:
        key: Which change it is, for ever.
        staff_id: Through whom; enterprise tags hang on a relation.
        reason: For people, beside the assignment.
    """

    key: str
    identity_id: int
    staff_id: int
    add: tuple[str, ...]
    remove: tuple[str, ...]
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag as it was found by its name."""

    id: int
    wecom_id: str | None


def tag_draft(
    *,
    app_id: int,
    staff: Staff,
    external_userid: str,
    identity_id: int,
    add: Mapping[int, str],
    remove: Mapping[int, str],
    source: str,
    reason: str,
) -> DispatchDraft:
    """Return the `mark_tag` call of one member and customer.

    Args:
        add: {our tag: WeCom's id}; `remove` likewise.

    Source: wecom-api §7.2.
    """
    return DispatchDraft(
        kind=Dispatch.Kind.MARK_TAG,
        corp_id=staff.corp_id,
        app_id=app_id,
        body={
            "userid": staff.userid,
            "external_userid": external_userid,
            "add_tag": list(add.values()),
            "remove_tag": list(remove.values()),
        },
        context={
            "corp_id": staff.corp_id,
            "identity_id": identity_id,
            "staff_id": staff.pk,
            "external_userid": external_userid,
            "add_tags": list(add),
            "remove_tags": list(remove),
            "source": source,
            "reason": reason,
        },
        serial_key=pair_key(staff, external_userid),
    )


def plan_tag_changes(changes: Sequence[TagChange], *, now: datetime) -> None:
    """Plan tag changes (打标签), in the caller's transaction; a constant number of queries."""
    if not changes:
        return
    staff = Staff.objects.in_bulk({change.staff_id for change in changes})
    senders = senders_of(member.corp_id for member in staff.values())
    external = dict(sql.fetch_all(_EXTERNAL, [[change.identity_id for change in changes]]))
    tags = _tags(changes)
    drafts: list[tuple[str, DispatchDraft]] = []
    local: list[dict[str, Any]] = []
    for change in changes:
        member = staff[change.staff_id]
        added = _known(change.add, member, tags)
        removed = _known(change.remove, member, tags)
        local += _local(change, added, removed)
        add, remove = _enterprise(added), _enterprise(removed)
        sender = senders.get(member.corp_id)
        if sender is not None and (add or remove):
            draft = tag_draft(
                app_id=sender.app_id,
                staff=member,
                external_userid=external[change.identity_id],
                identity_id=change.identity_id,
                add=add,
                remove=remove,
                source=change.source,
                reason=change.reason,
            )
            drafts.append((change.key, draft))
    if local:
        write_local_tags(local, now=now)
    plan_calls(drafts, now=now)


def write_local_tags(rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Write local tags down, or take them off, in the caller's transaction.

    Args:
        rows: With `identity_id`, `tag_id`, `is_added`, `source` and `reason` each.
    """
    sql.execute(_WRITE_LOCAL, {"rows": sql.json_rows(rows), "now": now})


def _tags(changes: Sequence[TagChange]) -> dict[tuple[int, str], _Tag]:
    names = {name for change in changes for name in (*change.add, *change.remove)}
    rows = sql.fetch_all(_TAGS, [sorted(names)])
    return {(corp, name): _Tag(pk, wecom_id) for corp, name, pk, wecom_id in rows}


def _known(names: Sequence[str], staff: Staff, tags: Mapping[tuple[int, str], _Tag]) -> list[_Tag]:
    missing = [name for name in names if (staff.corp_id, name) not in tags]
    if missing:
        logger.warning("tag_unknown", extra={"tags": missing, "corp": staff.corp_id})
    return [tags[staff.corp_id, name] for name in names if (staff.corp_id, name) in tags]


def _enterprise(tags: Sequence[_Tag]) -> dict[int, str]:
    return {tag.id: tag.wecom_id for tag in tags if tag.wecom_id}


def _local(
    change: TagChange, added: Sequence[_Tag], removed: Sequence[_Tag]
) -> list[dict[str, Any]]:
    return [
        {
            "identity_id": change.identity_id,
            "tag_id": tag.id,
            "is_added": is_added,
            "source": change.source,
            "reason": change.reason[:200],
        }
        for is_added, tags in ((True, added), (False, removed))
        for tag in tags
        if not tag.wecom_id
    ]
