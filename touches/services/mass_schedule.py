"""When mass message tasks are looked at, stopped, reminded of (群发节拍): pure functions of time.

Times of day are Asia/Shanghai.
"""

from datetime import datetime, time, timedelta
from typing import Final

from touches.models import SendingRules
from touches.services.quiet import is_within, quiet_start

# Staff confirm soon after their slot or late; so often is a task looked at, by its age since then.
QUICK_FOR: Final = timedelta(minutes=10)
QUICK: Final = timedelta(seconds=45)
STEADY_FOR: Final = timedelta(hours=1)
STEADY: Final = timedelta(minutes=3)
SLOW: Final = timedelta(minutes=10)
# The last look before a task ends.
BEFORE_END: Final = timedelta(seconds=30)
# Results come in while WeCom hands the messages out.
RESULTS_QUICK: Final = timedelta(seconds=30)
RESULTS_QUICK_FOR: Final = timedelta(minutes=5)
RESULTS_GRACE: Final = timedelta(minutes=30)
# Looks after the end, further and further apart: a message may have left all the same.
LATE_FIRST: Final = timedelta(minutes=10)
LATE_FOR: Final = timedelta(hours=24)
# Staff are written to within these hours only (operations: staff hours, online).
STAFF_FROM: Final = time(9, 0)
STAFF_UNTIL: Final = time(21, 0)


def next_look(
    now: datetime, *, created_at: datetime, lead_minutes: int, ends_at: datetime
) -> datetime:
    """Return when to look again at a task that nobody has confirmed yet.

    Args:
        created_at: Up to `lead_minutes` before its slot.
        ends_at: Its validity or the begin of quiet hours; there is a look right before it.
    """
    age = now - created_at - timedelta(minutes=lead_minutes)
    gap = QUICK if age < QUICK_FOR else STEADY if age < STEADY_FOR else SLOW
    last = ends_at - BEFORE_END
    return min(now + gap, last) if now < last else now + gap


def next_result_look(now: datetime, *, confirmed_at: datetime) -> datetime:
    """Return when to look again for results that are still missing."""
    return now + (RESULTS_QUICK if now - confirmed_at < RESULTS_QUICK_FOR else STEADY)


def next_late_look(now: datetime, *, final_at: datetime) -> datetime | None:
    """Return when to look once more at a task that is over: the last time after a day."""
    age = now - final_at
    if age >= LATE_FOR:
        return None
    return min(now + max(LATE_FIRST, 3 * age), final_at + LATE_FOR)


def is_staff_time(moment: datetime) -> bool:
    """Whether staff may be written to at this moment."""
    return is_within(moment, STAFF_FROM, STAFF_UNTIL)


def task_end(now: datetime, *, valid_until: datetime, rules: SendingRules) -> datetime:
    """Return when a task that nobody confirms ends: with its validity or at quiet hours."""
    quiet = quiet_start(now, rules)
    return valid_until if quiet is None else min(valid_until, quiet)
