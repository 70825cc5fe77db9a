"""What a look at a mass message task means (群发结果判定): pure functions, no clock, no store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from touches.models import MassTask, Touch
from touches.services.mass_schedule import (
    QUICK,
    RESULTS_GRACE,
    next_late_look,
    next_look,
    next_result_look,
)
from wecom.api.mass import MassResult

State: Final = MassTask.State
SENT: Final = 1
NOT_CONFIRMED: Final = "员工未在有效期内确认"
NOT_HANDED_OUT: Final = "员工已确认, 企业微信未发出"
STOPPED_ELSEWHERE: Final = "群发已在企业微信停止"
NOT_READABLE: Final = "结果无法查询"
# A task that is over and whose looks have all failed for so long is given up. One failed look says
# nothing, however late it is: our own workers may have been away for days.
GIVE_UP_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """A task as it was when somebody claimed the look at it.

    Attributes:
        look: Its number of looks, this one included: who comes later with an older number no longer
            says when to look again.
        is_stop_decided: The call that stops it has ended, well or not.
        first_tried_at: When its call was first tried, if a try was of unknown fate: then there may
            be a second message.
        payload: The body of that call.
        failing_since: The first of the looks in a row that failed, if the last one did.
    """

    id: int
    dispatch_id: UUID
    app_id: int
    msgid: str
    userid: str
    state: str
    created_at: datetime
    valid_until: datetime
    confirmed_at: datetime | None
    final_at: datetime | None
    look: int
    is_stop_decided: bool
    first_tried_at: datetime | None = None
    payload: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What WeCom said of a task.

    Attributes:
        is_stopped: It was stopped, by us or by somebody in WeCom's console.
        twins: Second messages of the same call, to be stopped.
        error: Why it could not be read; then nothing else counts.
    """

    is_confirmed: bool = False
    is_stopped: bool = False
    confirmed_at: datetime | None = None
    results: tuple[MassResult, ...] = ()
    twins: tuple[str, ...] = ()
    error: str = ""
    retry_after_seconds: float = 0.0

    @property
    def began_at(self) -> datetime | None:
        """When the member confirmed, or the first message left."""
        sent = [one.sent_at for one in self.results if one.status == SENT and one.sent_at]
        return self.confirmed_at or min(sent, default=None)

    @property
    def is_handed_out(self) -> bool:
        """Whether WeCom has begun to send, or to refuse: then the member did confirm."""
        return any(result.status for result in self.results)


@dataclass(frozen=True, slots=True)
class Close:
    """How those end of whom no result came.

    Attributes:
        refuses_unreported: Whom WeCom does not even list it cannot reach.
    """

    state: Touch.State
    reason: str
    refuses_unreported: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a task after a look."""

    state: str
    poll_at: datetime | None
    close: Close | None = None


def after_look(
    task: Watched,
    sight: Sight,
    *,
    waiting: int,
    unsent: int,
    lead_minutes: int,
    ends_at: datetime,
    now: datetime,
) -> Step:
    """Decide what becomes of a task, when its results have been written down.

    Args:
        waiting: Touches of whom nothing final is known.
        unsent: Touches that ended without having been sent, as far as we know.
        ends_at: Its validity or the begin of quiet hours, whichever is first.
    """
    if sight.error:
        return _after_error(task, sight, now=now)
    if task.state == State.FINAL:
        late = next_late_look(now, final_at=task.final_at or now) if unsent else None
        return Step(State.FINAL, late)
    is_over = sight.is_stopped or (task.state == State.STOPPING and task.is_stop_decided)
    if is_over and not sight.is_handed_out:
        ours = task.state == State.STOPPING
        close = (
            Close(Touch.State.EXPIRED, NOT_CONFIRMED)
            if ours
            else Close(Touch.State.CANCELLED, STOPPED_ELSEWHERE)
        )
        return _final(close, waiting=waiting, unsent=unsent, now=now)
    if task.state == State.STOPPING and not is_over:
        return Step(State.STOPPING, now + QUICK)
    if not (sight.is_confirmed or sight.is_handed_out):
        moment = next_look(
            now, created_at=task.created_at, lead_minutes=lead_minutes, ends_at=ends_at
        )
        return Step(State.OPEN, moment)
    confirmed_at = min(sight.began_at or task.confirmed_at or now, now)
    if waiting and now - confirmed_at < RESULTS_GRACE:
        return Step(State.CONFIRMED, next_result_look(now, confirmed_at=confirmed_at))
    close = Close(Touch.State.EXPIRED, NOT_HANDED_OUT, refuses_unreported=bool(sight.results))
    return _final(close, waiting=waiting, unsent=unsent, now=now)


def _final(close: Close, *, waiting: int, unsent: int, now: datetime) -> Step:
    """End it; as long as somebody went without, WeCom is asked again now and then."""
    late = next_late_look(now, final_at=now) if waiting or unsent else None
    return Step(State.FINAL, late, close if waiting else None)


def _after_error(task: Watched, sight: Sight, *, now: datetime) -> Step:
    again = now + max(QUICK, timedelta(seconds=sight.retry_after_seconds))
    if now < max(task.valid_until, task.failing_since or now) + GIVE_UP_AFTER:
        return Step(task.state, again)
    return Step(State.FINAL, None, Close(Touch.State.UNKNOWN, NOT_READABLE))
