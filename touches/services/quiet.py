"""Quiet hours and slots (静默时段、发送时段): pure arithmetic on Asia/Shanghai's wall clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from common.clock import SHANGHAI, local_date
from touches.models import SendingRules, Touch

_ONE_DAY: Final = timedelta(days=1)


def is_within(moment: datetime, begin: time, end: time) -> bool:
    """Say whether a moment lies in a span of the day, which may reach over midnight."""
    at = moment.astimezone(SHANGHAI).time()
    return begin <= at < end if begin <= end else at >= begin or at < end


def is_quiet(moment: datetime, rules: SendingRules) -> bool:
    """Say whether customers are left alone at this moment; the hours may span midnight."""
    return is_within(moment, rules.quiet_from, rules.quiet_until)


def quiet_end(moment: datetime, rules: SendingRules) -> datetime:
    """Return when the quiet hours end that `moment` lies in; outside them, `moment` itself."""
    if not is_quiet(moment, rules):
        return moment
    return _next(moment, rules.quiet_until)


def quiet_start(moment: datetime, rules: SendingRules) -> datetime | None:
    """Return when the next quiet hours begin, after `moment`; None where there are none."""
    if rules.quiet_from == rules.quiet_until:
        return None
    return _next(moment, rules.quiet_from)


def next_slot(after: datetime, slot_index: int | None, rules: SendingRules) -> datetime:
    """Return the first slot (发送时段) at or after a moment.

    Slots inside quiet hours do not count; where none is left, the moment itself does, or the end of
    the quiet hours it lies in.

    Args:
        slot_index: Which of the day's slots, from 0 in the order of the day; None = any. A day that
            has fewer has its last one instead.
    """
    times = _wanted(sorted(rules.slot_times), slot_index)
    today = local_date(after)
    for day in (today, today + _ONE_DAY):
        for at in times:
            slot = _at(day, at)
            if slot >= after and not is_quiet(slot, rules):
                return slot
    return quiet_end(after, rules)


def validity_of(purpose: str, slot: datetime, rules: SendingRules) -> datetime:
    """Return until when (有效期) a touch of this purpose may be sent: care only on its own day."""
    if purpose == Touch.Purpose.CARE:
        return _at(local_date(slot) + _ONE_DAY, time(0))
    minutes = (
        rules.promotion_valid_minutes
        if purpose == Touch.Purpose.PROMOTION
        else rules.content_valid_minutes
    )
    return slot + timedelta(minutes=minutes)


def _wanted(times: Sequence[time], slot_index: int | None) -> Sequence[time]:
    if slot_index is None or not times:
        return times
    return [times[min(slot_index, len(times) - 1)]]


def _next(after: datetime, at: time) -> datetime:
    """Return the first moment after `after` at which the wall clock shows `at`."""
    day = local_date(after)
    moment = _at(day, at)
    return moment if moment > after else _at(day + _ONE_DAY, at)


@lru_cache(maxsize=256)
def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=SHANGHAI).astimezone(UTC)
