"""Move journey runs: `journeys [--profile]`, then one JSON order a line.

`{"do": "make", "live", "due"}` publishes a journey and puts `live` customers into it, `due` of them
at a touch that is due now. `{"do": "drain", "part"}` does what the product's pumps do until nothing
is left: `move` moves due runs, `place` gives the touches that they planned their places and calls.
`{"do": "late", "sleeping", "seconds"}` spreads runs
over so many seconds and moves them as they come due; the answer holds how late each was.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bench.inside.ledger import Processor
from bench.inside.talk import answer
from common import clock, sql
from sop.services.executor import BATCH_RUNS, advance_batch
from sop.services.publishing import create_journey, publish
from touches.services.slots import slot_due

SHOWN = 16
# How often beat rings where no bell was heard.
BELL_SECONDS = 1.0
_DUE_SOON = "SELECT count(*) FROM sop_journeyrun WHERE state = 'active' AND due_at <= %s"
_DUE = """
SELECT due_at FROM sop_journeyrun WHERE state = 'active' AND priority = 20 AND due_at <= %s
 ORDER BY due_at LIMIT %s
"""
# A benchmark runs when it runs: no quiet hours, and slots are prepared a day ahead.
_AT_ONCE = """
UPDATE touches_sendingrules
   SET quiet_from = '00:00', quiet_until = '00:00', slot_lead_minutes = 1440
"""
PROGRAM = {
    "entry": {"events": [{"event": "friend_added"}]},
    "control_percent": 10,
    "exits": [{"event": "friend_removed_by_customer", "reason": "客户删除员工"}],
    "goals": [{"name": "首购", "event": "order_paid", "days": 14}],
    "steps": [
        {"id": "arrive", "type": "wait", "for": {"minutes": 1}},
        {
            "id": "guide",
            "type": "touch",
            "lane": "M",
            "purpose": "knowledge",
            "title": "七天换粮表",
            "content": {"text": "换粮最怕急,这张表收好。", "material_id": 1},
            "if": {"field": "open_count", "op": ">=", "value": 0},
        },
        {"id": "rest", "type": "wait", "for": {"days": 30}},
        {
            "id": "news",
            "type": "touch",
            "lane": "M",
            "purpose": "knowledge",
            "title": "换季小知识",
            "content": {"text": "换季软便,先看这三点。"},
        },
    ],
}
# Every run stands at the first wait; the due ones have waited long enough.
_ENTER = """
INSERT INTO sop_journeyrun (
    journey_id, version_id, subject_kind, identity_id, entry_key, entered_at, is_control, priority,
    state, step, due_at, attempts, reason, goal_until, goal_name)
SELECT %(journey)s, %(version)s, 'customer', friend.identity_id, '', %(now)s, friend.turn %% 10 = 0,
       20, 'active', CASE WHEN friend.turn <= %(due)s THEN 'arrive' ELSE 'rest' END,
       CASE WHEN friend.turn <= %(due)s THEN %(now)s ELSE
            %(now)s::timestamptz + make_interval(mins => 1440 + (friend.turn %% 40000)::int) END,
       0, '', %(now)s::timestamptz + interval '14 days', ''
  FROM (SELECT identity_id, row_number() OVER (ORDER BY identity_id) AS turn
          FROM (SELECT DISTINCT identity_id FROM customers_friendship WHERE is_friend) one
         ORDER BY identity_id LIMIT %(live)s) friend
"""
_MAKE_DUE_AGAIN = """
UPDATE sop_journeyrun SET step = 'arrive', due_at = %(now)s
 WHERE id IN (SELECT id FROM sop_journeyrun WHERE step = 'rest' AND state = 'active'
               ORDER BY due_at LIMIT %(due)s)
"""


def make(*, live: int, due: int) -> dict[str, object]:
    """Publish the journey and let the customers in."""
    now = clock.now()
    sql.execute(_AT_ONCE)
    journey = create_journey(code="bench", name="基准", program=PROGRAM, now=now)
    version = publish(journey.pk, now=now)
    params = {"journey": journey.pk, "version": version.pk, "live": live, "due": due, "now": now}
    count = sql.execute(_ENTER, params)
    sql.execute("VACUUM (ANALYZE) sop_journeyrun")
    return {"count": count}


def make_due(*, due: int) -> dict[str, object]:
    """Make so many sleeping runs due now."""
    return {"count": sql.execute(_MAKE_DUE_AGAIN, {"due": due, "now": clock.now()})}


def drain(part: str) -> dict[str, object]:
    """Do one part of the work until nothing is left of it, also of what others have in hand."""
    work, is_left = _PARTS[part]
    count, processor, begun = 0, Processor(), time.perf_counter()
    while True:
        now = clock.now()
        done = work(now)
        count += done
        if not done and not sql.fetch_value(is_left, [now]):
            seconds = time.perf_counter() - begun
            return {"count": count, "seconds": seconds, **processor.spent()}


def profiled_drain(part: str) -> dict[str, object]:
    """Drain, and say which statements took longest."""
    spent: defaultdict[str, float] = defaultdict(float)

    def watch(execute: Any, query: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(query, params, many, context)
        finally:
            spent[" ".join(query.split())[:90]] += time.perf_counter() - begun

    with connection.execute_wrapper(watch):
        values = drain(part)
    return values | {
        "longest": dict(sorted(spent.items(), key=lambda item: -item[1])[:SHOWN]),
    }


_PARTS: dict[str, tuple[Callable[[datetime], int], str]] = {
    "move": (
        lambda now: advance_batch(now=now),
        """SELECT EXISTS (SELECT 1 FROM sop_journeyrun
                           WHERE state = 'active' AND priority = 20 AND due_at <= %s)""",
    ),
    "place": (
        lambda now: slot_due(now=now, budget_seconds=0).judged,
        """SELECT EXISTS (SELECT 1 FROM touches_touch
                           WHERE state = 'planned' AND priority = 20
                             AND due_at <= %s::timestamptz + interval '1 day')""",
    ),
}


def late(*, sleeping: int, seconds: int) -> dict[str, object]:
    """Spread runs over some seconds and move them as they come due; returns how late each was."""
    begin = clock.now() + timedelta(seconds=max(10, sleeping // 5_000))
    sql.execute(
        """UPDATE sop_journeyrun SET step = 'arrive',
                  due_at = %(begin)s::timestamptz
                           + make_interval(secs => random() * %(seconds)s)
            WHERE id IN (SELECT id FROM sop_journeyrun WHERE step = 'rest' AND state = 'active'
                          LIMIT %(sleeping)s)""",
        {"begin": begin, "seconds": seconds, "sleeping": sleeping},
    )
    sql.execute("VACUUM (ANALYZE) sop_journeyrun")
    wanted = int(sql.fetch_value(_DUE_SOON, [begin + timedelta(seconds=seconds)]))
    lateness: list[float] = []
    while len(lateness) < wanted:
        now = clock.now()
        due = sql.fetch_all(_DUE, [now, BATCH_RUNS])
        if not due:
            time.sleep(BELL_SECONDS)
            continue
        moved = advance_batch(now=now)
        done = clock.now()
        lateness += [(done - at).total_seconds() for (at,) in due[:moved]]
    return {"lateness": lateness}


def main() -> None:
    """Obey each line."""
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        match order.pop("do"):
            case "make":
                answer(make(**order))
            case "due":
                answer(make_due(**order))
            case "late":
                answer(late(**order))
            case _:
                has_profile = "--profile" in sys.argv
                answer(profiled_drain(**order) if has_profile else drain(**order))


if __name__ == "__main__":
    main()
