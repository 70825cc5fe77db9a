"""Planning many touches at once (批量计划): without a call, which the slot planner makes later.

The journey engine's door: one statement for a whole batch, idempotent by key like `plan_touches`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common import sql
from touches.services.workers import worker_name

_PLAN = """
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
        key text, identity_id bigint, customer_id bigint, staff_id bigint, content_key text,
        due_at timestamptz, valid_until timestamptz, origin_id text, step text, priority int,
        state text, reason text)
), planned AS (
    INSERT INTO touches_touch (
        uid, key, identity_id, customer_id, staff_id, lane, purpose, title, content, due_at,
        valid_until, state, reason, priority, content_key, rolled_count, origin_kind, origin_id,
        origin_step, occurrence, created_at, finished_at)
    SELECT uuidv7(), wanted.key, wanted.identity_id, wanted.customer_id, wanted.staff_id,
           text->>'lane', text->>'purpose', text->>'title', text->'content', wanted.due_at,
           wanted.valid_until, wanted.state, wanted.reason, wanted.priority,
           CASE WHEN text->>'lane' = 'M' THEN wanted.content_key ELSE '' END, 0, %(origin)s,
           wanted.origin_id, wanted.step, 1, %(now)s,
           CASE WHEN wanted.state <> 'planned' THEN %(now)s::timestamptz END
      FROM wanted
      CROSS JOIN LATERAL (SELECT %(texts)s::jsonb->wanted.content_key AS text) content
     ORDER BY wanted.key
    ON CONFLICT (key) DO NOTHING
    RETURNING id, state, reason
), logged AS (
    INSERT INTO touches_effectlog (touch_id, from_state, to_state, actor, token, detail)
    SELECT id, '', state, %(actor)s, 0, reason FROM planned
)
SELECT count(*) FROM planned
"""


@dataclass(frozen=True, slots=True)
class TouchText:
    """What touches of one step have in common (触达内容)."""

    lane: str
    purpose: str
    title: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedTouch:
    """One touch to be planned for its slot (待排触达).

    Attributes:
        key: Which touch it is, for ever: (run, logical step, occurrence).
        text: Key of its content among the texts that are given beside.
        suppressed: Plans it as over already, with this reason.
    """

    key: str
    text: str
    identity_id: int
    customer_id: int
    staff_id: int
    due_at: datetime
    valid_until: datetime
    origin_id: str
    step: str
    priority: int
    suppressed: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return the row as it is written."""
        return {
            "key": self.key,
            "content_key": self.text,
            "identity_id": self.identity_id,
            "customer_id": self.customer_id,
            "staff_id": self.staff_id,
            "due_at": self.due_at,
            "valid_until": self.valid_until,
            "origin_id": self.origin_id,
            "step": self.step,
            "priority": self.priority,
            "state": "suppressed" if self.suppressed else "planned",
            "reason": self.suppressed,
        }


def plan_for_slots(
    touches: Sequence[PlannedTouch],
    *,
    texts: Mapping[str, TouchText],
    origin_kind: str,
    now: datetime,
) -> int:
    """Plan touches of one origin for the slot planner (计划触达); returns how many were new.

    In the caller's transaction, in one statement. A key that exists is left exactly as it is.

    Args:
        texts: Contents by key; a touch names its own, so that equal ones are sent over once.
    """
    if not touches:
        return 0
    params = {
        "rows": sql.json_rows([touch.as_row() for touch in touches]),
        "texts": sql.json_rows(
            {
                key: {
                    "lane": text.lane,
                    "purpose": text.purpose,
                    "title": text.title[:128],
                    "content": dict(text.content),
                }
                for key, text in texts.items()
            }
        ),
        "origin": origin_kind,
        "actor": worker_name(),
        "now": now,
    }
    return int(sql.fetch_value(_PLAN, params))
