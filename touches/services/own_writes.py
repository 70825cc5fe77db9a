"""Taking over what we wrote at WeCom ourselves (回写): its API writes give no callback."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from common import sql
from customers.models import RefreshRequest
from customers.services.refresh_requests import request_refresh

_ASSIGN: Final = """
WITH done AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        identity_id bigint, staff_id bigint, add_tags jsonb, remove_tags jsonb, source text,
        reason text)
), removed AS (
    DELETE FROM customers_tagassignment a
     USING done d, jsonb_array_elements_text(d.remove_tags) AS tag(id), customers_follow f
     WHERE f.staff_id = d.staff_id AND f.identity_id = d.identity_id
       AND a.follow_id = f.id AND a.tag_id = tag.id::bigint
)
INSERT INTO customers_tagassignment (identity_id, follow_id, tag_id, source, reason, assigned_at)
SELECT d.identity_id, f.id, tag.id::bigint, d.source, d.reason, %(now)s
  FROM done d
  JOIN customers_follow f ON f.staff_id = d.staff_id AND f.identity_id = d.identity_id
 CROSS JOIN jsonb_array_elements_text(d.add_tags) AS tag(id)
 ORDER BY f.id, tag.id
ON CONFLICT (follow_id, tag_id) WHERE follow_id IS NOT NULL DO NOTHING
"""
_REMARK: Final = """
UPDATE customers_follow f
   SET remark = coalesce(d.remark, f.remark), description = coalesce(d.description, f.description)
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS d(
       identity_id bigint, staff_id bigint, remark text, description text)
 WHERE f.staff_id = d.staff_id AND f.identity_id = d.identity_id
"""


def take_over_tags(contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Take finished `mark_tag` calls over into our tag assignments, in the caller's transaction.

    `contexts` is what was kept beside each call when it was planned.
    """
    if contexts:
        sql.execute(_ASSIGN, {"rows": _json(contexts), "now": now})
        _read_again(contexts, now=now)


def take_over_remarks(contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Take finished `remark` calls over into our follow rows, in the caller's transaction."""
    if contexts:
        sql.execute(_REMARK, {"rows": _json(contexts)})
        _read_again(contexts, now=now)


def _read_again(contexts: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Have the customers read once more: an answer asked for just before would undo what we did."""
    by_corp: dict[int, list[str]] = {}
    for context in contexts:
        by_corp.setdefault(context["corp_id"], []).append(context["external_userid"])
    for corp_pk, external_userids in by_corp.items():
        request_refresh(
            corp_pk=corp_pk,
            kind=RefreshRequest.Kind.CUSTOMER,
            keys=external_userids,
            now=now,
        )


def _json(contexts: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(list(contexts), ensure_ascii=False)
