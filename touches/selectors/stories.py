"""What became of touches (触达始末): call, task at WeCom, place in the budget, every state change.

A constant number of statements for any number of touches. Whoever asks has checked that the viewer
may see them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from touches.models import ContactLedger, Dispatch, EffectLog, MassTask, Touch

_STATES: Final[Mapping[str, str]] = {
    **{str(value): str(label) for value, label in Dispatch.State.choices},
    **{str(value): str(label) for value, label in Touch.State.choices},
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One state change (发送日志); `is_call` where it is the call's, else the touch's own."""

    at: datetime
    is_call: bool
    from_state: str
    to_state: str
    to_label: str
    actor: str
    token: int
    detail: str


@dataclass(frozen=True, slots=True)
class CallStory:
    """The call to WeCom that carries a touch (发送)."""

    id: UUID
    kind: str
    kind_label: str
    state: str
    state_label: str
    attempts: int
    ambiguous_rounds: int
    available_at: datetime
    deadline_at: datetime | None
    first_sent_at: datetime | None
    done_at: datetime | None
    last_error: str
    wecom_ref: str


@dataclass(frozen=True, slots=True)
class MassStory:
    """The mass task at WeCom (群发任务): whether the member has confirmed it."""

    state: str
    state_label: str
    msgid: str
    created_at: datetime
    valid_until: datetime
    confirmed_at: datetime | None
    final_at: datetime | None
    reminded_count: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Place:
    """The place in the customer's budget (触达账)."""

    counted_on: date
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class Winner:
    """The touch that took the place of a suppressed one (胜出的触达)."""

    uid: UUID
    lane: str
    purpose: str
    title: str
    state: str
    state_label: str
    due_at: datetime
    origin_kind: str
    origin_id: str


@dataclass(frozen=True, slots=True)
class TouchStory:
    """One touch with everything that is known of it (触达始末)."""

    touch: Touch
    call: CallStory | None
    mass_task: MassStory | None
    places: tuple[Place, ...]
    winner: Winner | None
    effects: tuple[Effect, ...]


def with_calls(touches: QuerySet[Touch]) -> QuerySet[Touch]:
    """Load what a story needs of other rows, in the same statement."""
    return touches.select_related("identity__customer", "staff", "winner", "dispatch__mass_task")


def stories_of(touches: Sequence[Touch]) -> list[TouchStory]:
    """Return the stories of touches that were loaded `with_calls`, in their order."""
    effects = _effects(touches)
    places: dict[int, list[Place]] = defaultdict(list)
    ids = [touch.pk for touch in touches]
    for row in ContactLedger.objects.filter(touch_id__in=ids).order_by("id"):
        places[row.touch_id].append(Place(row.counted_on, row.state, row.get_state_display()))
    return [
        TouchStory(
            touch=touch,
            call=_call(touch.dispatch),
            mass_task=_mass_task(touch.dispatch),
            places=tuple(places[touch.pk]),
            winner=_winner(touch.winner),
            effects=tuple(_merged(effects[touch.pk], effects[touch.dispatch_id])),
        )
        for touch in touches
    ]


def stories_from(origin_kind: str, origin_ids: Iterable[object]) -> list[TouchStory]:
    """Return the stories of everything that some origins planned, in the order of planning."""
    touches = Touch.objects.filter(
        origin_kind=origin_kind, origin_id__in=[str(one) for one in origin_ids]
    )
    return stories_of(list(with_calls(touches).order_by("id")))


def effects_of_call(dispatch: Dispatch) -> list[Effect]:
    """Return every state change of one call, in order."""
    rows = EffectLog.objects.filter(dispatch_id=dispatch.pk, touch_id__isnull=True)
    return [_effect(row) for row in rows.order_by("logged_at", "id")]


def _effects(touches: Sequence[Touch]) -> dict[object, list[tuple[int, Effect]]]:
    """Return the state changes by touch and by call, with their numbers."""
    found: dict[object, list[tuple[int, Effect]]] = defaultdict(list)
    calls = [touch.dispatch_id for touch in touches if touch.dispatch_id is not None]
    rows = EffectLog.objects.filter(
        Q(touch_id__in=[touch.pk for touch in touches])
        | Q(dispatch_id__in=calls, touch_id__isnull=True)
    )
    for row in rows:
        key: object = row.touch_id if row.touch_id is not None else row.dispatch_id
        found[key].append((row.pk, _effect(row)))
    return found


def _merged(
    own: Sequence[tuple[int, Effect]], calls: Sequence[tuple[int, Effect]]
) -> Iterable[Effect]:
    ordered = sorted([*own, *calls], key=lambda one: (one[1].at, one[0]))
    return (effect for _, effect in ordered)


def _effect(row: EffectLog) -> Effect:
    return Effect(
        at=row.logged_at,
        is_call=row.touch_id is None,
        from_state=row.from_state,
        to_state=row.to_state,
        to_label=_STATES.get(row.to_state, row.to_state),
        actor=row.actor,
        token=row.token,
        detail=row.detail,
    )


def _call(dispatch: Dispatch | None) -> CallStory | None:
    if dispatch is None:
        return None
    return CallStory(
        id=dispatch.id,
        kind=dispatch.kind,
        kind_label=dispatch.get_kind_display(),
        state=dispatch.state,
        state_label=dispatch.get_state_display(),
        attempts=dispatch.attempts,
        ambiguous_rounds=dispatch.ambiguous_rounds,
        available_at=dispatch.available_at,
        deadline_at=dispatch.deadline_at,
        first_sent_at=dispatch.first_sent_at,
        done_at=dispatch.done_at,
        last_error=dispatch.last_error,
        wecom_ref=dispatch.wecom_ref,
    )


def _mass_task(dispatch: Dispatch | None) -> MassStory | None:
    task: MassTask | None = getattr(dispatch, "mass_task", None)
    if task is None:
        return None
    return MassStory(
        state=task.state,
        state_label=task.get_state_display(),
        msgid=task.msgid,
        created_at=task.created_at,
        valid_until=task.valid_until,
        confirmed_at=task.confirmed_at,
        final_at=task.final_at,
        reminded_count=task.reminded_count,
        last_error=task.last_error,
    )


def _winner(touch: Touch | None) -> Winner | None:
    if touch is None:
        return None
    return Winner(
        uid=touch.uid,
        lane=touch.lane,
        purpose=touch.purpose,
        title=touch.title,
        state=touch.state,
        state_label=touch.get_state_display(),
        due_at=touch.due_at,
        origin_kind=touch.origin_kind,
        origin_id=touch.origin_id,
    )
