"""When a step is due (步骤时间): local days and slots of Asia/Shanghai."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from common.clock import SHANGHAI, local_date
from sop.program.steps import Await, Pause, SlotWait, TimeWait


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of a day, and how long before its slot a mass message is prepared."""

    times: tuple[time, ...]
    lead: timedelta

    def moment(self, day: datetime, slot: int) -> datetime:
        """Return the moment of a slot on the local day of `day`; a slot too many is the last."""
        at = self.times[min(slot, len(self.times) - 1)]
        return datetime.combine(local_date(day), at, tzinfo=SHANGHAI)

    def next(self, after: datetime, slot: int | None = None) -> datetime:
        """Return the first moment of a slot, or of any slot, that is not before `after`."""
        wanted = range(len(self.times)) if slot is None else (slot,)
        for day in range(3):
            moments = [self.moment(after + timedelta(days=day), index) for index in wanted]
            later = [moment for moment in moments if moment >= after]
            if later:
                return min(later)
        raise AssertionError("a day without slots")  # pragma: no cover - times are never empty


def due_at(
    step: Pause | SlotWait | TimeWait | Await,
    *,
    entered_at: datetime,
    now: datetime,
    slots: Slots,
) -> datetime:
    """Return when a run that reaches this step now goes on (for `Await`: at the latest).

    A slot is woken for its lead ahead, so that what follows is prepared in time.
    """
    match step:
        case Pause(seconds=seconds):
            return now + timedelta(seconds=seconds)
        case Await(timeout_seconds=seconds):
            return now + timedelta(seconds=seconds)
        case TimeWait():
            return _time_of_day(step, now)
        case SlotWait():
            return _slot_of_day(step, entered_at=entered_at, now=now, slots=slots)


def _slot_of_day(step: SlotWait, *, entered_at: datetime, now: datetime, slots: Slots) -> datetime:
    moment = slots.moment(entered_at + timedelta(days=step.day), step.slot)
    if moment >= now:
        return max(moment - slots.lead, now)
    return now if step.past_due == "go" else slots.next(now, step.slot) - slots.lead


def _time_of_day(step: TimeWait, now: datetime) -> datetime:
    at = time(step.minute_of_day // 60, step.minute_of_day % 60)
    for day in range(8):
        moment = datetime.combine(local_date(now + timedelta(days=day)), at, tzinfo=SHANGHAI)
        if moment >= now and (not step.weekdays or moment.isoweekday() in step.weekdays):
            return moment
    raise AssertionError("a week without such a day")  # pragma: no cover - weekdays are 1 to 7
