"""Asking WeCom what became of mass messages (群发结果查询), outside any transaction.

A look is claimed by pushing `poll_at` into the future, committed before the call: two workers do
not look at one task at once, and a worker that dies only delays the next look.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import as_completed
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from common import sql
from touches.failpoints import failpoint
from touches.models import MassTask
from touches.services.calls import Calls
from touches.services.mass_results import settle_look
from touches.services.mass_steps import Sight, Watched
from touches.services.pump import Threads, process_threads
from touches.services.reconciling import Held, find_twins, held_msgids
from wecom.api.mass import MassResult, get_groupmsg_send_result, get_groupmsg_task
from wecom.client import Client
from wecom.errors import ItemRefused, MassCancelled, Misconfigured, WeComError

logger = logging.getLogger(__name__)

# Longer than a look takes; a worker that is gone costs so much.
CLAIM: Final = timedelta(minutes=2)
# WeCom counts calls in flight: no more than about five of one API.
PARALLEL: Final = 5
MISCONFIGURED_SECONDS: Final = 600.0
# The first looks at a task of once unknown fate also look for a second message of its call, as far
# as the list may lag behind.
TWIN_LOOKS: Final = 10
TWIN_SPAN: Final = timedelta(hours=1)
_PART_SENT: Final = 2

Reader: TypeAlias = Callable[[Watched], Sight]

_TAKE: Final = """
WITH due AS (
    SELECT id FROM touches_masstask WHERE poll_at <= %(now)s
     ORDER BY poll_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE touches_masstask m SET poll_at = %(until)s, poll_count = m.poll_count + 1
      FROM due WHERE m.id = due.id
    RETURNING m.*
)
SELECT m.id, m.dispatch_id, d.app_id, m.msgid, s.userid, m.state, m.created_at, m.valid_until,
       m.confirmed_at, m.final_at, m.poll_count,
       EXISTS (SELECT 1 FROM touches_dispatch stop
                WHERE stop.key = 'mass_cancel:' || m.dispatch_id
                  AND stop.state NOT IN ('pending', 'sending')),
       (d.context->>'first_tried_at')::timestamptz,
       CASE WHEN d.ambiguous_rounds > 0 AND m.state = 'open' AND m.poll_count <= %(twin_looks)s
            THEN d.payload END,
       m.failing_since
  FROM taken m
  JOIN touches_dispatch d ON d.id = m.dispatch_id
  JOIN org_staff s ON s.id = m.staff_id
"""


def poll_mass_results(
    now: datetime,
    budget_seconds: float,
    *,
    reader: Reader | None = None,
    threads: Threads | None = None,
) -> int:
    """Look at every mass message task whose time has come (查询群发结果); returns how many.

    Args:
        now: Business time at the start; it goes on by the monotonic clock.
        budget_seconds: After so long nothing more is claimed; looks under way are finished.
        reader: Asks WeCom about one task; by default over the gateway.
        threads: Where the questions are asked.
    """
    began, count = time.monotonic(), 0
    reader, threads = reader or GatewayReader(), threads or process_threads()
    while True:
        moment = now + timedelta(seconds=time.monotonic() - began)
        batch = claim_looks(now=moment, limit=min(PARALLEL, threads.slots))
        looks = {threads.callers.submit(_look, reader, threads, task): task for task in batch}
        for look in as_completed(looks):
            _settle(looks[look], look.result(), now=moment)
        count += len(batch)
        if not batch or time.monotonic() - began >= budget_seconds:
            return count


def claim_looks(*, now: datetime, limit: int) -> list[Watched]:
    """Claim due looks, one committed statement; nobody else looks at these for two minutes."""
    params = {"now": now, "until": now + CLAIM, "limit": limit, "twin_looks": TWIN_LOOKS}
    return [Watched(*row) for row in sql.fetch_all(_TAKE, params)]


class GatewayReader:
    """Asks WeCom about tasks; each app is read once."""

    def __init__(self) -> None:
        self._calls = Calls()

    def __call__(self, task: Watched) -> Sight:
        """Return what WeCom says of a task.

        Raises:
            WeComError: it could not be asked.
        """
        return read_task(self._calls.client_of(task.app_id), task, held=held_msgids)


def read_task(client: Client, task: Watched, *, held: Held) -> Sight:
    """Ask whether a member has confirmed a task, and then for each customer's result.

    Args:
        held: Says which of these messages a call of ours holds.

    Raises:
        WeComError: WeCom could not be asked.
    """
    is_stopped, confirmed_at = False, task.confirmed_at
    if task.state == MassTask.State.OPEN:
        try:
            parts = list(get_groupmsg_task(client, msgid=task.msgid))
        except MassCancelled:
            is_stopped = True
        else:
            own = [part for part in parts if part.userid.casefold() == task.userid.casefold()]
            if not own or own[0].status != _PART_SENT:
                return Sight(twins=_twins(client, task, held))
            confirmed_at = own[0].sent_at
    is_fresh = task.state == MassTask.State.OPEN and not is_stopped
    return Sight(
        is_confirmed=is_fresh or task.state == MassTask.State.CONFIRMED,
        is_stopped=is_stopped,
        confirmed_at=confirmed_at,
        results=_results(client, task, may_be_gone=not is_fresh),
    )


def _twins(client: Client, task: Watched, held: Held) -> tuple[str, ...]:
    since = task.first_tried_at
    if task.payload is None or since is None:
        return ()
    return find_twins(client, task.payload, since=since, held=held, now=since + TWIN_SPAN)


def _results(client: Client, task: Watched, *, may_be_gone: bool) -> tuple[MassResult, ...]:
    """Return the results of a task; of a stopped one WeCom may know the sender no more."""
    try:
        return tuple(get_groupmsg_send_result(client, msgid=task.msgid, userid=task.userid))
    except ItemRefused:
        if may_be_gone:
            return ()
        raise


def _look(reader: Reader, threads: Threads, task: Watched) -> Sight:
    threads.freshen()
    try:
        sight = reader(task)
    except Misconfigured as error:
        return Sight(error=str(error), retry_after_seconds=MISCONFIGURED_SECONDS)
    except WeComError as error:
        return Sight(error=str(error), retry_after_seconds=error.retry_after_seconds)
    except Exception as error:  # one look may fail, the others go on
        logger.exception("mass_look_failed", extra={"task": task.id})
        return Sight(error=f"{type(error).__name__}: {error}")
    failpoint("after_poll")
    return sight


def _settle(task: Watched, sight: Sight, *, now: datetime) -> None:
    """Write a look down; one that cannot be written is repeated when its claim has run out."""
    try:
        settle_look(task, sight, now=now)
    except Exception:  # the other looks have nothing to do with its failure
        logger.exception("mass_look_not_settled", extra={"task": task.id})
