"""Carrying out what legs want done (执行步骤): arms, exposures, touches, tags, notices, in sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from common import bell, sql
from sop.program.advancing import ChangeTags, Expose, KeepArm, Leg, PlanTouch, TellStaff
from sop.program.conditions import Facts
from sop.program.steps import Contact
from touches.models import SendingRules
from touches.selectors.rules import sending_rules
from touches.services.notices import Notice, plan_notices
from touches.services.plan import SLOT_BELL, content_key
from touches.services.planned import PlannedTouch, TouchText, plan_for_slots
from touches.services.quiet import validity_of
from touches.services.retagging import TagChange, plan_tag_changes

E = TypeVar("E")
ORIGIN: Final = "journey"
NOBODY: Final = "没有好友关系,无人可触达"

_KEEP_ARMS = """
INSERT INTO sop_armassignment (journey_id, identity_id, place, arm, assigned_at)
SELECT journey_id, identity_id, place, arm, %(now)s
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       journey_id bigint, identity_id bigint, place text, arm text)
 ORDER BY identity_id, journey_id, place
ON CONFLICT DO NOTHING
"""
_EXPOSE = """
INSERT INTO sop_exposure (run_id, journey_id, step, arm, exposed_at)
SELECT run_id, journey_id, step, arm, %(now)s
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       run_id bigint, journey_id bigint, step text, arm text)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """A run with the leg that it went.

    Attributes:
        staff_id: Who was their staff member when they entered.
    """

    run_id: int
    journey_id: int
    identity_id: int
    customer_id: int
    staff_id: int | None
    priority: int
    facts: Facts
    leg: Leg


def carry_out(moved: Sequence[Moved], *, now: datetime) -> None:
    """Carry out the effects of many legs, in the caller's transaction, a statement a kind."""
    arms = [_arm(one, effect) for one, effect in _wanted(moved, KeepArm)]
    if arms:
        sql.execute(_KEEP_ARMS, {"rows": sql.json_rows(arms), "now": now})
    exposures = [_exposure(one, effect) for one, effect in _wanted(moved, Expose)]
    if exposures:
        sql.execute(_EXPOSE, {"rows": sql.json_rows(exposures), "now": now})
    _plan_touches(_wanted(moved, PlanTouch), now=now)
    _change_tags(_wanted(moved, ChangeTags), now=now)
    _tell_staff(_wanted(moved, TellStaff), now=now)


def _wanted(moved: Sequence[Moved], kind: type[E]) -> list[tuple[Moved, E]]:
    return [
        (one, effect) for one in moved for effect in one.leg.effects if isinstance(effect, kind)
    ]


def _arm(one: Moved, effect: KeepArm) -> dict[str, Any]:
    return {
        "journey_id": one.journey_id,
        "identity_id": one.identity_id,
        "place": effect.place,
        "arm": effect.arm,
    }


def _exposure(one: Moved, effect: Expose) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "journey_id": one.journey_id,
        "step": effect.step.id,
        "arm": effect.arm,
    }


def _plan_touches(touches: Sequence[tuple[Moved, PlanTouch]], *, now: datetime) -> None:
    if not touches:
        return
    rules = sending_rules()
    texts: dict[str, TouchText] = {}
    keys: dict[int, str] = {}
    planned: list[PlannedTouch] = []
    for one, effect in touches:
        step = effect.step
        key = keys.get(id(step))
        if key is None:
            key = keys[id(step)] = _text_key(step)
            texts[key] = TouchText(step.lane, step.purpose, step.title, step.content)
        touch = _planned(one, effect, key, rules)
        if touch is not None:
            planned.append(touch)
    if plan_for_slots(planned, texts=texts, origin_kind=ORIGIN, now=now):
        bell.ring(SLOT_BELL)


def _text_key(step: Contact) -> str:
    """Return what makes contents equal: the same text under another title is another call."""
    words = {
        "lane": step.lane,
        "purpose": step.purpose,
        "title": step.title,
        "content": dict(step.content),
    }
    return content_key(words)


def _planned(one: Moved, effect: PlanTouch, text: str, rules: SendingRules) -> PlannedTouch | None:
    """Return the touch; None when nobody was ever there through whom to touch them."""
    step = effect.step
    owner = one.facts.owner
    if owner is None and one.staff_id is None:
        return None
    identity_id, staff_id = owner or (one.identity_id, one.staff_id or 0)
    return PlannedTouch(
        key=f"run:{one.run_id}:{step.id}:1",
        text=text,
        identity_id=identity_id,
        customer_id=one.customer_id,
        staff_id=staff_id,
        due_at=effect.due_at,
        valid_until=_valid_until(step, effect.due_at, rules),
        origin_id=str(one.run_id),
        step=step.id,
        priority=one.priority,
        suppressed="" if owner else NOBODY,
    )


def _valid_until(step: Contact, due_at: datetime, rules: SendingRules) -> datetime:
    if step.valid_minutes is None:
        return validity_of(step.purpose, due_at, rules)
    return due_at + timedelta(minutes=step.valid_minutes)


def _change_tags(tags: Sequence[tuple[Moved, ChangeTags]], *, now: datetime) -> None:
    plan_tag_changes(
        [
            TagChange(
                key=f"tag:run:{one.run_id}:{effect.step.id}",
                identity_id=one.facts.owner[0],
                staff_id=one.facts.owner[1],
                add=effect.step.add,
                remove=effect.step.remove,
                source=ORIGIN,
                reason=effect.step.label or "旅程",
            )
            for one, effect in tags
            if one.facts.owner is not None
        ],
        now=now,
    )


def _tell_staff(notices: Sequence[tuple[Moved, TellStaff]], *, now: datetime) -> None:
    plan_notices(
        [
            Notice(
                key=f"run:{one.run_id}:{effect.step.id}:1",
                identity_id=one.identity_id,
                customer_id=one.customer_id,
                staff_id=one.facts.owner[1] if one.facts.owner else one.staff_id or 0,
                is_for_lead=effect.step.to == "lead",
                title=effect.step.title,
                body=effect.step.body,
                origin_kind=ORIGIN,
                origin_id=str(one.run_id),
                origin_step=effect.step.id,
            )
            for one, effect in notices
            if one.facts.owner is not None or one.staff_id is not None
        ],
        now=now,
    )
