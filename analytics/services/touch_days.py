"""Touches by day and state (触达日报) out of the effect log, as differences."""

from typing import Any, Final

from common import sql

# What a touch was before the range, and what it is after it; the log says every change. Once for
# the staff member and once for the whole company.
_ADD: Final = """
WITH concerned AS (
    SELECT DISTINCT touch_id AS id FROM touches_effectlog
     WHERE id > %(after)s AND id <= %(until)s AND touch_id IS NOT NULL
), moves AS (
    SELECT touch.*, step.state AS at_state, step.sign
      FROM concerned
      JOIN touches_touch touch ON touch.id = concerned.id
     CROSS JOIN LATERAL (
           (SELECT effect.to_state, -1 FROM touches_effectlog effect
             WHERE effect.touch_id = concerned.id AND effect.id <= %(after)s
             ORDER BY effect.id DESC LIMIT 1)
            UNION ALL
           (SELECT effect.to_state, 1 FROM touches_effectlog effect
             WHERE effect.touch_id = concerned.id AND effect.id <= %(until)s
             ORDER BY effect.id DESC LIMIT 1)) AS step(state, sign)
     WHERE step.state <> 'planned'
), counted AS (
    SELECT (due_at AT TIME ZONE 'Asia/Shanghai')::date AS due_on,
           CASE WHEN lane = 'M' THEN due_at END AS slot_at, staff_id, lane, at_state,
           CASE WHEN at_state = 'suppressed' THEN split_part(reason, '（', 1) ELSE '' END AS reason,
           sum(sign) AS n,
           sum(sign) FILTER (WHERE at_state = 'confirmed' AND finished_at <= valid_until) AS on_time
      FROM moves GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(sign) <> 0
)
INSERT INTO analytics_touchday (due_on, slot_at, staff_id, lane, state, reason, touch_count,
                                on_time_count)
SELECT due_on, slot_at, staff_id, lane, at_state, reason, n, coalesce(on_time, 0) FROM counted
 UNION ALL
SELECT due_on, slot_at, NULL, lane, at_state, reason, sum(n), coalesce(sum(on_time), 0)
  FROM counted GROUP BY due_on, slot_at, lane, at_state, reason
RETURNING due_on
"""
_REBUILD: Final = """
WITH counted AS (
    SELECT (due_at AT TIME ZONE 'Asia/Shanghai')::date AS due_on,
           CASE WHEN lane = 'M' THEN due_at END AS slot_at, staff_id, lane, last.state,
           CASE WHEN last.state = 'suppressed' THEN split_part(reason, '（', 1) ELSE '' END
               AS reason,
           count(*) AS n,
           count(*) FILTER (WHERE last.state = 'confirmed' AND finished_at <= valid_until)
               AS on_time
      FROM touches_touch touch
     CROSS JOIN LATERAL (SELECT effect.to_state FROM touches_effectlog effect
                          WHERE effect.touch_id = touch.id AND effect.id <= %(until)s
                          ORDER BY effect.id DESC LIMIT 1) AS last(state)
     WHERE last.state <> 'planned'
     GROUP BY 1, 2, 3, 4, 5, 6
)
INSERT INTO analytics_touchday (due_on, slot_at, staff_id, lane, state, reason, touch_count,
                                on_time_count)
SELECT due_on, slot_at, staff_id, lane, state, reason, n, on_time FROM counted
 UNION ALL
SELECT due_on, slot_at, NULL, lane, state, reason, sum(n), sum(on_time)
  FROM counted GROUP BY due_on, slot_at, lane, state, reason
"""
# A day's rows of one kind become one, and those that add up to nothing go.
_GATHER: Final = """
WITH gone AS (
    DELETE FROM analytics_touchday WHERE due_on = ANY(%(days)s)
    RETURNING due_on, slot_at, staff_id, lane, state, reason, touch_count, on_time_count
)
INSERT INTO analytics_touchday (due_on, slot_at, staff_id, lane, state, reason, touch_count,
                                on_time_count)
SELECT due_on, slot_at, staff_id, lane, state, reason, sum(touch_count), sum(on_time_count)
  FROM gone GROUP BY due_on, slot_at, staff_id, lane, state, reason HAVING sum(touch_count) <> 0
"""


def fold_touch_days(bounds: dict[str, int]) -> None:
    """Fold the effects of a range of numbers into days, in the caller's transaction.

    Args:
        bounds: `after` and `until`, of which the first is folded already.
    """
    params: dict[str, Any] = dict(bounds)
    days = sorted({row[0] for row in sql.fetch_all(_ADD, params)})
    if days:
        sql.execute(_GATHER, {"days": days})


def rebuild_touch_days(until: int) -> None:
    """Empty the days and count all touches anew as they stood at an effect's number."""
    sql.execute("DELETE FROM analytics_touchday")
    sql.execute(_REBUILD, {"until": until})
