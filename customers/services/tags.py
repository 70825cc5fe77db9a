"""Enterprise tags (企业标签) kept in step with WeCom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from common import sql
from customers.models import RefreshRequest
from customers.services.findings import Finding
from customers.services.refresh_requests import request_refresh


@dataclass(frozen=True, slots=True)
class TagFact:
    """A tag as WeCom tells it."""

    group_id: str
    group_name: str
    group_position: int
    tag_id: str
    name: str
    position: int


_SAVE_GROUPS = """
INSERT INTO customers_taggroup (corp_id, wecom_id, name, position, is_deleted)
SELECT DISTINCT ON (group_id) %(corp)s, group_id, group_name, group_position, false
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       group_id text, group_name text, group_position bigint)
 ORDER BY group_id
ON CONFLICT (corp_id, wecom_id) DO UPDATE
   SET name = excluded.name, position = excluded.position, is_deleted = false
"""
_SAVE_TAGS = """
INSERT INTO customers_tag (corp_id, group_id, wecom_id, name, position, is_deleted)
SELECT %(corp)s, taggroup.id, tag_id, row.name, row.position, false
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       group_id text, tag_id text, name text, position bigint)
  JOIN customers_taggroup taggroup
    ON taggroup.corp_id = %(corp)s AND taggroup.wecom_id = row.group_id
ON CONFLICT (corp_id, wecom_id) DO UPDATE
   SET group_id = excluded.group_id, name = excluded.name, position = excluded.position,
       is_deleted = false
"""
_DROP = """
UPDATE customers_{table} SET is_deleted = true
 WHERE corp_id = %s AND wecom_id IS NOT NULL AND NOT is_deleted AND wecom_id <> ALL(%s)
"""

_REPLACE = """
WITH wanted AS (
    SELECT row.follow_id, row.identity_id, tag.id AS tag_id
      FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
           follow_id bigint, identity_id bigint, wecom_id text)
      JOIN customers_tag tag ON tag.corp_id = %(corp)s AND tag.wecom_id = row.wecom_id
), removed AS (
    DELETE FROM customers_tagassignment assigned
     USING customers_tag tag
     WHERE assigned.follow_id = ANY(%(follows)s) AND tag.id = assigned.tag_id
       AND tag.wecom_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.follow_id = assigned.follow_id
                          AND wanted.tag_id = assigned.tag_id)
    RETURNING assigned.follow_id
), added AS (
    INSERT INTO customers_tagassignment
           (identity_id, follow_id, tag_id, source, reason, assigned_at)
    SELECT identity_id, follow_id, tag_id, %(source)s, '', %(now)s FROM wanted
     WHERE NOT EXISTS (SELECT 1 FROM customers_tagassignment held
                        WHERE held.follow_id = wanted.follow_id AND held.tag_id = wanted.tag_id)
    ON CONFLICT DO NOTHING
    RETURNING follow_id
)
SELECT DISTINCT follow_id FROM (TABLE removed UNION ALL TABLE added) changed
"""
_UNKNOWN = """
SELECT wecom_id FROM unnest(%s::text[]) AS wecom_id
 WHERE NOT EXISTS (SELECT 1 FROM customers_tag tag
                    WHERE tag.corp_id = %s AND tag.wecom_id = wecom_id.wecom_id)
"""
# Looked at again after the library; a tag that the library never shows is given up after a few.
_LOOK_AGAIN = """
INSERT INTO customers_refreshrequest AS open
       (corp_id, kind, key, version, requested_at, due_at, attempts, last_error)
SELECT DISTINCT %(corp)s, 'customer', value, 1, %(now)s::timestamptz, %(due)s::timestamptz, 0, ''
  FROM customers_identity WHERE id = ANY(%(identities)s)
 ORDER BY value
ON CONFLICT (corp_id, kind, key) DO UPDATE
   SET version = open.version + 1, due_at = least(open.due_at, excluded.due_at)
 WHERE open.attempts < %(most)s
"""
LIBRARY_SECONDS: Final = 3
LOOKS: Final = 4


def save_tag_library(*, corp_pk: int, tags: Sequence[TagFact]) -> None:
    """Take over WeCom's tag library whole; what is not named any more is deleted, its marks too.

    One transaction. Source: get_corp_tag_list, wecom-api §7.
    """
    rows = sql.json_rows([asdict(tag) for tag in tags])
    with transaction.atomic():
        sql.execute(_SAVE_GROUPS, {"corp": corp_pk, "rows": rows})
        sql.execute(_SAVE_TAGS, {"corp": corp_pk, "rows": rows})
        sql.execute(_DROP.format(table="tag"), [corp_pk, [tag.tag_id for tag in tags]])
        sql.execute(_DROP.format(table="taggroup"), [corp_pk, [tag.group_id for tag in tags]])
        sql.execute(
            """DELETE FROM customers_tagassignment assigned USING customers_tag tag
                WHERE tag.id = assigned.tag_id AND tag.corp_id = %s AND tag.is_deleted""",
            [corp_pk],
        )


def replace_enterprise_tags(
    *,
    corp_pk: int,
    wanted: Mapping[int, tuple[int, Iterable[str]]],
    source: str,
    now: datetime,
) -> list[Finding]:
    """Make the enterprise tags of these follows exactly what WeCom tells.

    A tag that our library does not know yet asks for the library, and for another look at the
    customers who carry it when that has been read.

    Args:
        wanted: {follow id: (identity id, tag ids of WeCom)}.
    """
    rows = [
        {"follow_id": follow_id, "identity_id": identity_id, "wecom_id": tag_id}
        for follow_id, (identity_id, tag_ids) in wanted.items()
        for tag_id in tag_ids
    ]
    _ask_for_unknown(rows, corp_pk=corp_pk, now=now)
    changed = sql.fetch_all(
        _REPLACE,
        {
            "rows": sql.json_rows(rows),
            "corp": corp_pk,
            "follows": list(wanted),
            "source": source,
            "now": now,
        },
    )
    return [Finding("tags_changed", str(follow_id), {}) for (follow_id,) in changed]


def _ask_for_unknown(rows: Sequence[Mapping[str, Any]], *, corp_pk: int, now: datetime) -> None:
    told = sorted({row["wecom_id"] for row in rows})
    unknown = {row[0] for row in sql.fetch_all(_UNKNOWN, [told, corp_pk])} if told else set()
    if not unknown:
        return
    sql.execute(
        _LOOK_AGAIN,
        {
            "corp": corp_pk,
            "identities": [row["identity_id"] for row in rows if row["wecom_id"] in unknown],
            "now": now,
            "due": now + timedelta(seconds=LIBRARY_SECONDS),
            "most": LOOKS,
        },
    )
    request_refresh(corp_pk=corp_pk, kind=RefreshRequest.Kind.TAGS, keys=[""], now=now)
