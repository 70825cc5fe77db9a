"""How sending stands (发送概况): for operators, the metrics page and whoever asks what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from common import sql
from touches.models import Dispatch, EffectLog, Touch

# Reads the partial indexes of open calls only, never the finished ones.
_BACKLOG: Final = """
SELECT kind, count(*) FILTER (WHERE available_at <= %(now)s), count(*), min(available_at)
  FROM touches_dispatch WHERE state = 'pending' GROUP BY kind ORDER BY kind
"""


_PEOPLE: Final = """
WITH waiting AS (
    SELECT id, kind, state, last_error, created_at FROM touches_dispatch
     WHERE state IN ('unknown', 'dead') ORDER BY created_at DESC LIMIT %(limit)s
)
SELECT w.id, w.kind, w.state, w.last_error, w.created_at, min(t.title),
       min(coalesce(nullif(s.name, ''), s.userid)), count(t.id)
  FROM waiting w
  LEFT JOIN touches_touch t ON t.dispatch_id = w.id
  LEFT JOIN org_staff s ON s.id = t.staff_id
 GROUP BY w.id, w.kind, w.state, w.last_error, w.created_at
 ORDER BY w.created_at DESC
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits of one kind: due now, in all, and since when the oldest is due."""

    kind: str
    due_count: int
    pending_count: int
    oldest_due_at: datetime


def send_backlog(*, now: datetime) -> list[Backlog]:
    """Return what waits to be sent, by kind; a kind of which nothing waits is left out."""
    return [Backlog(*row) for row in sql.fetch_all(_BACKLOG, {"now": now})]


def calls_for_people(*, limit: int = 50) -> Sequence[Dispatch]:
    """Return the newest calls that need a person: of unknown fate, or stopped by a setting."""
    waiting = Dispatch.objects.filter(state__in=[Dispatch.State.UNKNOWN, Dispatch.State.DEAD])
    return list(waiting.order_by("-created_at")[:limit])


@dataclass(frozen=True, slots=True)
class CallForPeople:
    """A call that needs a person, in words: what it was to be, for whom, and why it stands still.

    `reason` is for people, `error` what a developer would want to see.
    """

    id: UUID
    kind: str
    state: str
    title: str
    staff_name: str
    recipient_count: int
    reason: str
    error: str
    created_at: datetime


def people_queue(*, limit: int = 50) -> list[CallForPeople]:
    """Return the calls that need a person (人工队列), the newest first, each with its reason."""
    rows = sql.fetch_all(_PEOPLE, {"limit": limit})
    return [
        CallForPeople(
            id=row[0],
            kind=str(Dispatch.Kind(row[1]).label),
            state=str(Dispatch.State(row[2]).label),
            title=row[5] or "",
            staff_name=row[6] or "",
            recipient_count=row[7],
            reason=reason_for_people(kind=row[1], state=row[2], error=row[3]),
            error=row[3],
            created_at=row[4],
        )
        for row in rows
    ]


def reason_for_people(*, kind: str, state: str, error: str) -> str:
    """Say why a call stands still, and what may be done."""
    if state == Dispatch.State.UNKNOWN:
        if kind == Dispatch.Kind.MASS_MESSAGE:
            return _(
                "发送结果不明，在企业微信的群发记录里也没有查到。请核对后选择已发、未发或放弃。"
            )
        return _("发送结果不明，重复发送可能打扰客户。请核对后选择已发、未发或放弃。")
    if "Misconfigured" in error:
        return _("企业微信的设置、权限或反垃圾限制不允许发送。处理后可重新发送。")
    return _("多次发送失败，已停止。可重新发送。")


def history_of(touch: Touch) -> Sequence[EffectLog]:
    """Return every state change of a touch and of the call that carried it, in order."""
    own = EffectLog.objects.filter(touch_id=touch.pk)
    if touch.dispatch_id is not None:
        own = own | EffectLog.objects.filter(dispatch_id=touch.dispatch_id)
    return list(own.order_by("logged_at", "id"))
