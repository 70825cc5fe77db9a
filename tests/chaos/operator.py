"""Operators in a storm: they pause journeys, stop runs, and decide calls of unknown fate."""

import json
import random
from collections import Counter
from typing import Final

from common import clock, sql
from sandbox.client import SimClient
from sop.errors import WrongState
from sop.models import Journey, JourneyRun
from sop.services.publishing import archive, pause, resume
from sop.services.stopping import stop_runs
from tests.chaos.received import Received, marks_in
from touches.models import Dispatch
from touches.services.deciding import Decision, decide_unknown

PAUSED_TICKS: Final = 6
STOPPED_AT_ONCE: Final = 2
DECIDED_AT_ONCE: Final = 10
# Who decides looks when nothing can land any more.
LOOKED_AFTER_SECONDS: Final = 15
# Cards and mass messages: of those WeCom's side shows beyond doubt whether they arrived.
_UNCLEAR: Final = """
SELECT call.id FROM touches_dispatch call
 WHERE call.state = 'unknown'
   AND (call.kind = 'mass_message' OR call.payload LIKE '%%template_card%%')
   AND (SELECT max(logged_at) FROM touches_effectlog log WHERE log.dispatch_id = call.id)
       < clock_timestamp() - make_interval(secs => %s)
 ORDER BY call.id LIMIT %s
"""


class Operator:
    """One operator, seeded."""

    def __init__(self, sim: SimClient, seed: int) -> None:
        self._sim = sim
        self._random = random.Random(f"operator {seed}")
        self._paused: dict[str, int] = {}
        self.counts: Counter[str] = Counter()

    def interfere(self) -> None:
        """Pause a journey for a while, or stop a few runs."""
        journey = self._random.choice(list(Journey.objects.order_by("id")))
        if self._random.random() < 0.5:
            self._pause(journey)
            return
        runs = JourneyRun.objects.filter(journey=journey, state="active").order_by("id")
        chosen = list(runs.values_list("id", flat=True))
        chosen = self._random.sample(chosen, min(STOPPED_AT_ONCE, len(chosen)))
        if chosen:
            stop_runs(journey.pk, reason="运营停止", now=clock.now(), run_ids=chosen)
            self.counts["runs stopped"] += len(chosen)

    def _pause(self, journey: Journey) -> None:
        try:
            pause(journey.pk, now=clock.now())
        except WrongState:
            return
        self._paused[journey.code] = PAUSED_TICKS
        self.counts["pauses"] += 1

    def resume(self, *, all_of_them: bool = False) -> None:
        """Let go on what was paused long enough."""
        self._paused = {code: ticks - 1 for code, ticks in self._paused.items()}
        ready = [code for code, ticks in self._paused.items() if all_of_them or ticks <= 0]
        for code in ready:
            journey = Journey.objects.get(code=code)
            if journey.state == Journey.State.PAUSED:
                resume(journey.pk, now=clock.now())
            del self._paused[code]

    def archive_all(self) -> None:
        """End all journeys."""
        for journey in Journey.objects.order_by("id"):
            self.counts["runs archived"] += archive(journey.pk, now=clock.now())

    def decide(self) -> None:
        """Look at what WeCom has of calls of unknown fate, and say so."""
        ids = [row[0] for row in sql.fetch_all(_UNCLEAR, [LOOKED_AFTER_SECONDS, DECIDED_AT_ONCE])]
        if not ids:
            return
        received = Received.of(self._sim)
        for call in Dispatch.objects.filter(pk__in=ids).order_by("id"):
            msgids = _messages_of(call, received)
            is_card = call.kind == Dispatch.Kind.STAFF_MESSAGE
            arrived = _card_of(call) in received.cards if is_card else bool(msgids)
            refused = self._random.choice([Decision.NOT_SENT, Decision.GIVE_UP])
            verdict = Decision.SENT if arrived else refused
            ref = msgids[0] if msgids else ""
            decide_unknown(
                call.pk, verdict=verdict, actor="operator", now=clock.now(), wecom_ref=ref
            )
            self.counts[f"decided {verdict}"] += 1


def _messages_of(call: Dispatch, received: Received) -> list[str]:
    marked = received.marks()
    return [msgid for mark in marks_in(call.payload) for msgid in marked.get(mark, ())]


def _card_of(call: Dispatch) -> str:
    return str(json.loads(call.payload)["template_card"]["task_id"])
