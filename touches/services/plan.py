"""Planning touches (计划触达): idempotent by key, in sets; nothing is sent here."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from common import bell
from common.ids import uuid7
from touches.errors import BadPlan
from touches.models import Dispatch, EffectLog, Touch
from touches.services.workers import worker_name

MAX_KEY_CHARACTERS: Final = 190
BATCH_ROWS: Final = 500
SEND_BELL: Final = "scrm.send_staff_messages"
SLOT_BELL: Final = "scrm.slot_touches"
MASS_BELL: Final = "scrm.send_mass"
# Who is rung for a kind, where it is not the lane of staff messages; a welcome's planner sends it.
_BELLS: Final[dict[str, str]] = {
    Dispatch.Kind.WELCOME: "",
    Dispatch.Kind.MASS_MESSAGE: MASS_BELL,
    Dispatch.Kind.MASS_CANCEL: MASS_BELL,
    Dispatch.Kind.MASS_REMIND: MASS_BELL,
}


@dataclass(frozen=True, slots=True)
class DispatchDraft:
    """A call to be made for a touch (待发送的调用).

    Attributes:
        body: The request body as WeCom wants it; frozen when it is planned. `{touch}` as the value
            of a card's `task_id` is filled in with the touch's number.
        deadline_at: Business time after which it must not be sent; None = the touch's validity.
        context: What settling needs to know; never sent.
    """

    kind: Dispatch.Kind
    corp_id: int
    app_id: int
    body: dict[str, Any]
    deadline_at: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)
    serial_key: str = ""


@dataclass(frozen=True, slots=True)
class TouchPlan:
    """One touch to be planned (触达计划); `key` says which it is, for ever.

    Attributes:
        draft: The call that carries it out; None where the slot planner builds it when it is due.
        content_key: What makes contents equal, in lane M; '' = the function `content_key` says.
        ended_as: Plans it as already over, with the reason, so that people see why nothing went.
    """

    key: str
    identity_id: int
    customer_id: int
    staff_id: int
    lane: Touch.Lane
    purpose: Touch.Purpose
    title: str
    due_at: datetime
    valid_until: datetime
    origin_kind: str
    origin_id: str = ""
    origin_step: str = ""
    occurrence: int = 1
    priority: Touch.Priority = Touch.Priority.TRIGGERED
    content: dict[str, Any] = field(default_factory=dict)
    content_key: str = ""
    draft: DispatchDraft | None = None
    ended_as: Touch.State | None = None
    reason: str = ""
    uid: UUID = field(default_factory=uuid7)


def plan_touch(plan: TouchPlan, *, now: datetime) -> bool:
    """Plan one touch; false when its key was planned before. See `plan_touches`."""
    return plan_touches([plan], now=now) == 1


def plan_touches(plans: Sequence[TouchPlan], *, now: datetime) -> int:
    """Plan touches (计划触达) with the calls that carry them out; returns how many were new.

    One transaction (the caller's, or its own); a key that exists already is left exactly as it is.
    Keys are written in order, so two planners of the same touches never wait for each other in a
    circle. The bell of whoever goes on is rung on commit: sending, or the slot planner.

    Raises:
        BadPlan: a key is too long, or a touch would be valid for no time at all.
    """
    ordered = sorted({plan.key: plan for plan in plans}.values(), key=lambda plan: plan.key)
    for plan in ordered:
        _check(plan)
    count = 0
    with transaction.atomic():
        for start in range(0, len(ordered), BATCH_ROWS):
            count += _plan_batch(ordered[start : start + BATCH_ROWS], now=now)
        ring_for({plan.draft.kind for plan in ordered if plan.draft})
        if any(plan.draft is None and plan.ended_as is None for plan in ordered):
            bell.ring(SLOT_BELL)
    return count


def plan_calls(
    drafts: Sequence[tuple[str, DispatchDraft]], *, now: datetime, due_at: datetime | None = None
) -> int:
    """Plan calls that carry no touch (tags, remarks, card updates); returns how many were new.

    One transaction (the caller's, or its own); each draft stands beside its key. Rings the bell of
    the pump that sends them on commit.

    Args:
        due_at: When they may go out; None = at once.
    """
    ordered = dict(sorted(drafts, key=lambda draft: draft[0]))
    rows = [
        dispatch_row(key, draft, uuid7(), due_at=due_at or now, now=now)
        for key, draft in ordered.items()
    ]
    with transaction.atomic():
        Dispatch.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH_ROWS)
        new = _ours(rows)
        log_effects([EffectLog(dispatch_id=row.id, to_state=row.state) for row in new])
        ring_for({row.kind for row in new})
    return len(new)


def content_key(content: dict[str, Any]) -> str:
    """Return the key that equal contents share: touches of one (staff, slot, key) are one call."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def frozen(body: dict[str, Any], *, touch_uid: UUID | None = None) -> str:
    """Write a request body down once: the same text is sent at every repetition.

    Two touches never have the same body: WeCom would take the second for a repetition of the first
    and swallow it. A text card carries the touch's number behind its address, where nobody sees it.
    """
    if touch_uid is not None and "template_card" in body:
        card = body["template_card"] | {"task_id": str(touch_uid)}
        body = body | {"template_card": card}
    if touch_uid is not None and "textcard" in body:
        card = body["textcard"] | {"url": f"{body['textcard']['url']}#{touch_uid}"}
        body = body | {"textcard": card}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def dispatch_row(
    key: str,
    draft: DispatchDraft,
    dispatch_id: UUID,
    *,
    due_at: datetime,
    now: datetime,
    deadline_at: datetime | None = None,
    touch_uid: UUID | None = None,
) -> Dispatch:
    """Return the row of a drafted call, not stored yet; its body is written down here."""
    return Dispatch(
        id=dispatch_id,
        key=key,
        kind=draft.kind,
        corp_id=draft.corp_id,
        app_id=draft.app_id,
        payload=frozen(draft.body, touch_uid=touch_uid),
        context=draft.context,
        serial_key=draft.serial_key,
        available_at=max(due_at, now),
        deadline_at=draft.deadline_at or deadline_at,
    )


def log_effects(effects: Sequence[EffectLog]) -> None:
    """Write state changes into the effect log, in this worker's name."""
    for effect in effects:
        effect.actor = worker_name()
    EffectLog.objects.bulk_create(effects, batch_size=BATCH_ROWS)


def _plan_batch(plans: Sequence[TouchPlan], *, now: datetime) -> int:
    """Write touches first: whose key is new decides which calls are planned."""
    dispatch_ids = {plan.uid: uuid7() for plan in plans if plan.draft and not plan.ended_as}
    Touch.objects.bulk_create(
        [_touch(plan, dispatch_ids.get(plan.uid), now=now) for plan in plans],
        ignore_conflicts=True,
    )
    fresh = dict(
        Touch.objects.filter(uid__in=[plan.uid for plan in plans]).values_list("uid", "id")
    )
    new = [plan for plan in plans if plan.uid in fresh]
    rows = [
        dispatch_row(
            f"touch:{plan.key}",
            plan.draft,
            dispatch_ids[plan.uid],
            due_at=plan.due_at,
            deadline_at=plan.valid_until,
            touch_uid=plan.uid,
            now=now,
        )
        for plan in new
        if plan.draft and plan.uid in dispatch_ids
    ]
    Dispatch.objects.bulk_create(rows)
    effects = [EffectLog(dispatch_id=row.id, to_state=row.state) for row in rows]
    effects += [
        EffectLog(touch_id=fresh[plan.uid], to_state=_state(plan), detail=plan.reason[:300])
        for plan in new
    ]
    log_effects(effects)
    return len(new)


def _touch(plan: TouchPlan, dispatch_id: UUID | None, *, now: datetime) -> Touch:
    return Touch(
        uid=plan.uid,
        key=plan.key,
        identity_id=plan.identity_id,
        customer_id=plan.customer_id,
        staff_id=plan.staff_id,
        lane=plan.lane,
        purpose=plan.purpose,
        title=plan.title[:128],
        content=plan.content,
        due_at=plan.due_at,
        valid_until=plan.valid_until,
        state=_state(plan),
        reason=plan.reason[:300],
        dispatch_id=dispatch_id,
        origin_kind=plan.origin_kind,
        origin_id=plan.origin_id,
        origin_step=plan.origin_step,
        priority=plan.priority,
        content_key=plan.content_key or _key_of_mass(plan),
        occurrence=plan.occurrence,
        created_at=now,
        finished_at=now if plan.ended_as else None,
    )


def _key_of_mass(plan: TouchPlan) -> str:
    return content_key(plan.content) if plan.lane == Touch.Lane.MASS else ""


def _state(plan: TouchPlan) -> Touch.State:
    if plan.ended_as is not None:
        return plan.ended_as
    return Touch.State.QUEUED if plan.draft else Touch.State.PLANNED


def _ours(rows: Sequence[Dispatch]) -> list[Dispatch]:
    ids = set(Dispatch.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    return [row for row in rows if row.id in ids]


def ring_for(kinds: Collection[str]) -> None:
    """Ring on commit for whoever sends these kinds."""
    for name in sorted({_BELLS.get(kind, SEND_BELL) for kind in kinds} - {""}):
        bell.ring(name)


def _check(plan: TouchPlan) -> None:
    if len(plan.key) > MAX_KEY_CHARACTERS:
        raise BadPlan(f"the key {plan.key[:40]}… is longer than {MAX_KEY_CHARACTERS}")
    if plan.valid_until <= plan.due_at:
        raise BadPlan(f"{plan.key} would be valid for no time at all")
