"""Taking back what an ended run still had under way (退出撤回)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from common import sql
from touches.services.cancelling import cancel_touches

_OPEN_TOUCHES = """
SELECT id, origin_id::bigint FROM touches_touch
 WHERE origin_kind = 'journey' AND origin_id = ANY(%s)
   AND state IN ('planned', 'queued', 'dispatched')
 ORDER BY id
"""


def withdraw_touches_of(reasons: Mapping[int, str], *, now: datetime) -> None:
    """Withdraw the open touches of runs (撤回触达), in the caller's transaction.

    Args:
        reasons: {run: why it ended}, for people.
    """
    if not reasons:
        return
    by_reason: dict[str, list[int]] = defaultdict(list)
    for touch_id, run_id in sql.fetch_all(_OPEN_TOUCHES, [[str(run) for run in reasons]]):
        by_reason[reasons[run_id]].append(touch_id)
    for reason, touch_ids in sorted(by_reason.items()):
        cancel_touches(touch_ids, reason=f"已退出旅程:{reason}", actor="journey", now=now)
