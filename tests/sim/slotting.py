"""The slot planner in memory: the product's judge over books that are kept all along."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from content.services.links import public_url
from tests.sim.rows import DispatchRow, TouchRow
from tests.sim.tasks import RULES
from tests.sim.world import World
from touches.models import CapRule
from touches.services.books import Books, Candidate
from touches.services.judging import Ruling, Verdict, judge

LEAD = timedelta(minutes=RULES.slot_lead_minutes)
NUMBERS = {"li": 1, "wang": 2}
MASS_A_WEEK = 2
CAPS = (
    CapRule(kind="count", lanes=["M"], purposes=[], limit=MASS_A_WEEK, days=7, name="每周群发"),
)
STATES = {
    Ruling.QUEUE: "queued",
    Ruling.DEFER: "planned",
    Ruling.ROLL: "planned",
    Ruling.SUPPRESS: "suppressed",
    Ruling.EXPIRE: "expired",
    Ruling.REFUSE: "refused",
}


class SlotPlanner:
    """Gives due touches of journeys their places and their calls, one transaction a batch."""

    def __init__(self, world: World, numbers: dict[str, int]) -> None:
        self._world = world
        self._numbers = numbers
        self._books = Books()
        self.candidates: dict[int, Candidate] = {}

    def due(self, now: datetime) -> list[TouchRow]:
        return [
            touch
            for touch in self._world.tables.touches.values()
            if touch.state == "planned" and self.due_at(touch) <= now
        ]

    def due_at(self, touch: TouchRow) -> datetime:
        """When a touch is looked at: a mass message ahead of its slot."""
        return touch.due_at - LEAD if touch.lane == "M" else touch.due_at

    def work(self, now: datetime, friends: set[str]) -> None:
        """Judge whatever is due, and write calls and touches."""
        due = self.due(now)
        verdicts = judge(
            [self._candidate(touch, friends) for touch in due],
            books=self._books,
            rules=RULES,
            caps=CAPS,
            now=now,
        )
        calls: defaultdict[object, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            self._write(verdict, now)
            if verdict.ruling == Ruling.QUEUE:
                one = verdict.candidate
                calls[one.group if one.lane == "M" else one.touch_id].append(verdict)
        for members in calls.values():
            self._call(members, now)
        self._world.engine.ring()
        self._world.engine.ring("watch")

    def _candidate(self, touch: TouchRow, friends: set[str]) -> Candidate:
        number = self._numbers[touch.external_userid]
        return Candidate(
            touch_id=touch.id,
            customer_id=number,
            identity_id=number if touch.external_userid in friends else None,
            corp_id=1,
            quota_mode="month_days",
            staff_id=NUMBERS[touch.staff],
            lane=touch.lane,
            purpose=touch.purpose,
            priority=touch.priority,
            due_at=touch.due_at,
            valid_until=touch.valid_until,
            content_key=touch.content_key,
        )

    def _write(self, verdict: Verdict, now: datetime) -> None:
        touch = self._world.tables.touches[verdict.candidate.touch_id]
        desk, state = self._world.people.desk, STATES[verdict.ruling]
        touch.due_at, touch.valid_until = verdict.due_at, verdict.valid_until
        if state not in {"planned", "queued"}:
            desk.end(touch, state, verdict.reason, actor="slots", now=now)
        else:
            touch.reason = verdict.reason
            desk.log(touch.id, touch.state, state, "slots", 0, verdict.reason)
            touch.state = state

    def _call(self, members: list[Verdict], now: datetime) -> None:
        touches = [self._world.tables.touches[one.candidate.touch_id] for one in members]
        first, number = touches[0], self._world.new_id()
        is_mass = first.lane == "M"
        body = self._mass(touches, number) if is_mass else self._card(first)
        self._world.people.desk.plan_call(
            DispatchRow(
                id=number,
                key=f"call:{number}",
                kind="mass_message" if is_mass else "staff_message",
                payload=json.dumps(body, ensure_ascii=False),
                available_at=max(now, *(one.send_at for one in members)),
                deadline_at=min(one.leave_by for one in members),
            )
        )
        for touch in touches:
            touch.dispatch_id = number

    def _mass(self, touches: list[TouchRow], number: UUID) -> dict[str, Any]:
        link = {"title": "文章", "url": public_url(f"batch{number.int}")}
        return {
            "chat_type": "single",
            "sender": touches[0].staff,
            "external_userid": [touch.external_userid for touch in touches],
            "text": {"content": touches[0].step},
            "attachments": [{"msgtype": "link", "link": link}],
        }

    def _card(self, touch: TouchRow) -> dict[str, Any]:
        return {
            "touser": touch.staff,
            "template_card": {"task_id": touch.uid},
            "enable_duplicate_check": 1,
        }
