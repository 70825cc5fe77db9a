"""The two stores side by side: every operation is done to both, and both are read back alike."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import sql
from tests.makers import NOW, make_app, make_person, make_staff
from tests.sim.desk import Desk
from tests.sim.looks import claim_looks as claim_looks_in_memory
from tests.sim.looks import settle_look as settle_look_in_memory
from tests.sim.memory import MemoryStore
from tests.sim.rows import DispatchRow, Tables, TouchRow
from tests.sim.tasks import stop_ended
from touches.models import Dispatch, EffectLog, MassTask, Touch
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_polling import claim_looks
from touches.services.mass_results import settle_look
from touches.services.mass_steps import Sight
from touches.services.outcomes import Outcome, Verdict
from touches.services.store import PostgresStore, Store
from touches.services.workers import worker_name

_AGE = """
UPDATE touches_dispatch
   SET lease_until = lease_until - make_interval(secs => %(s)s),
       settle_until = settle_until - make_interval(secs => %(s)s),
       first_sent_at = first_sent_at - make_interval(secs => %(s)s)
"""
_REST = "extract(epoch FROM {} - clock_timestamp())::int"
_DISPATCHES = f"""
SELECT key, state, token, attempts, ambiguous_rounds, is_cancel_wanted, wecom_ref, response_code,
       last_error, done_at, available_at, {_REST.format("lease_until")},
       {_REST.format("settle_until")}, payload
  FROM touches_dispatch
"""  # noqa: S608 - constants
LANES = {"welcome": "W", "staff_message": "T", "mass_message": "M"}


class Pair:
    """PostgreSQL and memory, at one virtual time."""

    def __init__(self) -> None:
        self.t = 0.0
        self.tables = Tables()
        self._numbers = iter(range(1 << 40, 1 << 41))
        desk = Desk(
            self.tables,
            worker_name(),
            lambda: self.t,
            lambda: self.t,
            lambda: UUID(int=next(self._numbers)),
        )
        self.memory, self.postgres = MemoryStore(desk), PostgresStore()
        self.claims: list[tuple[str, int]] = []
        self.count = 0
        self._app = make_app()
        self._staff = make_staff("li", self._app.corp)
        self._people = [make_person(f"wm{n}", corp=self._app.corp) for n in range(3)]

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.t)

    def wait(self, seconds: float) -> None:
        """Let time pass: for the database by aging its rows."""
        self.t += seconds
        sql.execute(_AGE, {"s": seconds})

    def plan(self, kind: str, *, serial_key: str = "") -> None:
        """Plan a call, with the touches that it carries."""
        self.count += 1
        number, key = UUID(int=self.count), f"call:{self.count}"
        count = {"mass_message": 3, "card_update": 0}.get(kind, 1)
        body = json.dumps({"external_userid": [f"wm{n}" for n in range(count)]})
        common = {"id": number, "key": key, "kind": kind, "payload": body, "serial_key": serial_key}
        # No two are due together, so both stores claim in one order.
        available_at = self.now + timedelta(milliseconds=self.count)
        Dispatch.objects.create(
            corp=self._app.corp, app=self._app, available_at=available_at, **common
        )
        row = DispatchRow(app_id=self._app.pk, available_at=available_at, **common)
        self.tables.dispatches[number] = row
        for place in range(count):
            self._plan_touch(number, LANES[kind], place)

    def _plan_touch(self, number: UUID, lane: str, place: int) -> None:
        key = f"touch:{self.count}:{place}"
        common: dict[str, Any] = {
            "key": key,
            "lane": lane,
            "due_at": self.now,
            "valid_until": self.now + timedelta(minutes=20 * (1 + self.count % 3), seconds=place),
            "state": "queued",
            "dispatch_id": number,
        }
        touch = Touch.objects.create(
            identity_id=self._people[place].identity_id,
            customer_id=self._people[place].customer_id,
            staff=self._staff,
            purpose="service",
            title="",
            origin_kind="test",
            created_at=self.now,
            **common,
        )
        self.tables.touches[touch.pk] = TouchRow(
            id=touch.pk, external_userid=f"wm{place}", staff="li", uid=str(touch.uid), **common
        )

    def kind_of(self, key: str) -> str:
        """Say of which kind a call is."""
        return next(d.kind for d in self.tables.dispatches.values() if d.key == key)

    def both(self, act: Callable[[Store], object]) -> None:
        """Do something to both stores; what comes back must be the same."""
        expected, seen = act(self.postgres), act(self.memory)
        assert seen == expected
        self.t += 0.001

    def claim(self, kinds: list[str], limit: int) -> None:
        """Claim in both, and remember what was claimed."""
        keys = {number: d.key for number, d in self.tables.dispatches.items()}
        ours = self.memory.claim(kinds, limit=limit, now=self.now)
        theirs = self.postgres.claim(kinds, limit=limit, now=self.now)
        known = dict(Dispatch.objects.values_list("id", "key"))
        seen = [
            (keys[c.id], c.token, c.attempts, c.ambiguous_rounds, round(c.age_seconds),
             c.deadline_at, c.first_tried_at, c.is_cancel_wanted)
            for c in ours
        ]  # fmt: skip
        expected = [
            (known[c.id], c.token, c.attempts, c.ambiguous_rounds, round(c.age_seconds),
             c.deadline_at, c.first_tried_at, c.is_cancel_wanted)
            for c in theirs
        ]  # fmt: skip
        assert seen == expected
        self.claims += [(one[0], one[1]) for one in seen]
        self.t += 0.001

    def settle(self, key: str, token: int, outcome: Outcome) -> None:
        """Settle in both; each has its own number of calls that were planned underway."""
        known = dict(Dispatch.objects.values_list("key", "id"))
        ours = {d.key: number for number, d in self.tables.dispatches.items()}
        expected = self.postgres.settle(
            [Verdict(known[key], token, outcome)], actor="someone", now=self.now
        )
        seen = self.memory.settle(
            [Verdict(ours[key], token, outcome)], actor="someone", now=self.now
        )
        assert [(s.kind, s.state, s.reason) for s in seen] == [
            (s.kind, s.state, s.reason) for s in expected
        ]
        self.t += 0.001

    def look(self, sight: Sight) -> None:
        """Look at every task that is due, in both, and see the same."""
        theirs = claim_looks(now=self.now, limit=5)
        ours = claim_looks_in_memory(self.memory.desk, now=self.now, limit=5)
        by_message = {task.msgid: task for task in ours}
        assert sorted(task.msgid for task in theirs) == sorted(by_message)
        for task in theirs:
            settle_look(task, sight, now=self.now)
            settle_look_in_memory(self.memory.desk, by_message[task.msgid], sight, now=self.now)

    def end(self) -> None:
        """Stop what has ended, in both."""
        stop_ended_tasks(self.now)
        stop_ended(self.memory.desk, now=self.now)

    def compare(self) -> None:
        """Read both back: rows, tasks, and the log of each row."""
        assert self._memory_rows() == _postgres_rows()

    def _memory_rows(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        keys: dict[UUID | int, str] = {}
        for d in self.tables.dispatches.values():
            keys[d.id] = d.key
            rest = [
                None if at is None else round(at - self.t) for at in (d.lease_until, d.settle_until)
            ]
            found[d.key] = (
                d.state, d.token, d.attempts, d.ambiguous_rounds, d.is_cancel_wanted, d.wecom_ref,
                d.response_code, d.last_error, d.done_at, d.available_at, *rest,
                json.loads(d.payload),
            )  # fmt: skip
        for t in self.tables.touches.values():
            keys[t.id] = t.key
            found[t.key] = (t.state, t.reason, t.finished_at, t.withdrawn_at)
        for m in self.tables.tasks.values():
            found[m.msgid] = (
                m.state, m.created_at, m.valid_until, m.poll_at, m.poll_count, m.remind_at,
                m.confirmed_at, m.final_at, m.last_error, m.failing_since,
            )  # fmt: skip
        for change in self.tables.log:
            line = (change.before, change.after, change.actor, change.token, change.detail)
            found.setdefault(f"log {keys[change.subject]}", []).append(line)
        return found


def _postgres_rows() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, *row, payload in sql.fetch_all(_DISPATCHES):
        body = json.loads(payload)
        if key.startswith("card_withdrawn:"):
            body = {"userids": body["userids"], "response_code": body["response_code"]}
        found[key] = (*row, body)
    for key, *row in Touch.objects.values_list(
        "key", "state", "reason", "finished_at", "withdrawn_at"
    ):
        found[key] = tuple(row)
    for msgid, *row in MassTask.objects.values_list(
        "msgid", "state", "created_at", "valid_until", "poll_at", "poll_count", "remind_at",
        "confirmed_at", "final_at", "last_error", "failing_since",
    ):  # fmt: skip
        found[msgid] = tuple(row)
    names: dict[Any, str] = dict(Dispatch.objects.values_list("id", "key")) | dict(
        Touch.objects.values_list("id", "key")
    )
    for log in EffectLog.objects.order_by("id"):
        line = (log.from_state, log.to_state, log.actor, log.token, log.detail)
        subject = names[log.dispatch_id] if log.dispatch_id else names[log.touch_id]
        found.setdefault(f"log {subject}", []).append(line)
    return found
