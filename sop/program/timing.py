"""When a step is due (步骤时间): local days and slots of Asia/Shanghai."""

from datetime import datetime, time, timedelta

from common.clock import SHANGHAI, local_date
from sop.program.steps import Await, Pause, SlotWait, TimeWait
from touches.models import SendingRules
from touches.services.quiet import next_slot


def due_at(
    step: Pause | SlotWait | TimeWait | Await,
    *,
    entered_at: datetime,
    now: datetime,
    rules: SendingRules,
) -> datetime:
    """Return when a run that reaches this step now goes on (for `Await`: at the latest).

    A slot is woken for its lead ahead, so that what follows is prepared in time.
    """
    match step:
        case Pause(seconds=seconds) | Await(timeout_seconds=seconds):
            return now + timedelta(seconds=seconds)
        case TimeWait():
            return _time_of_day(step, now)
        case SlotWait():
            return _slot_of_day(step, entered_at=entered_at, now=now, rules=rules)


def _slot_of_day(
    step: SlotWait, *, entered_at: datetime, now: datetime, rules: SendingRules
) -> datetime:
    """A slot counts from the begin of the n-th day; the first day's counts from the entry."""
    lead = timedelta(minutes=rules.slot_lead_minutes)
    day = local_date(entered_at + timedelta(days=step.day))
    begin = datetime.combine(day, time(0), tzinfo=SHANGHAI)
    moment = next_slot(begin, step.slot, rules)
    if moment >= now:
        return max(moment - lead, now)
    return now if step.past_due == "go" else next_slot(now, step.slot, rules) - lead


def _time_of_day(step: TimeWait, now: datetime) -> datetime:
    at = time(step.minute_of_day // 60, step.minute_of_day % 60)
    for day in range(8):
        moment = datetime.combine(local_date(now + timedelta(days=day)), at, tzinfo=SHANGHAI)
        if moment >= now and (not step.weekdays or moment.isoweekday() in step.weekdays):
            return moment
    raise AssertionError("a week without such a day")
