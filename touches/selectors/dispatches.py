"""How sending stands (发送概况): for operators, the metrics page and whoever asks what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common import sql
from touches.models import Dispatch, EffectLog, Touch

# Reads the partial indexes of open calls only, never the finished ones.
_BACKLOG: Final = """
SELECT kind, count(*) FILTER (WHERE available_at <= %(now)s), count(*), min(available_at)
  FROM touches_dispatch WHERE state = 'pending' GROUP BY kind ORDER BY kind
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


def history_of(touch: Touch) -> Sequence[EffectLog]:
    """Return every state change of a touch and of the call that carried it, in order."""
    own = EffectLog.objects.filter(touch_id=touch.pk)
    if touch.dispatch_id is not None:
        own = own | EffectLog.objects.filter(dispatch_id=touch.dispatch_id)
    return list(own.order_by("logged_at", "id"))
