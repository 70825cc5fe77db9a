"""What the sidebar tells of a customer (客户卡片), put together for the template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from common.clock import SHANGHAI
from common.money import yuan
from content.placeholders import fill
from content.selectors.shelf import titles_of
from customers.models import Customer, Event, Follow, Profile
from customers.selectors.tag_board import BoardGroup, BoardTag, tag_board, tag_ids_of
from customers.selectors.timeline import timeline
from org.models import Alert
from org.selectors.alerts import latest_alert
from scrm.web.alert_words import alert_words
from scrm.web.event_words import Words, channels_of, event_words
from scrm.web.positions import Position, position_now
from touches.selectors.desk import MassLeft, Task, mass_left, tasks_of
from touches.selectors.pending import pending_changes
from touches.services.task_answers import may_be_postponed

EVENTS_SHOWN: Final = 20
# A reading is worth a word for so long.
FRESH: Final = timedelta(hours=24)
_LADDER: Final = ("potential", "first", "repurchase", "member", "advocate")


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the life-cycle ladder; `state` is done, now or ''."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ShownTask:
    """A task with its text as it will be sent; `follow_id` is the relation it goes through."""

    task: Task
    follow_id: int | None
    text: str
    hint: str
    material_title: str
    may_wait: bool


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One line of the timeline."""

    event: Event
    words: Words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do next, why, and with which words (建议)."""

    kind: str
    title: str
    reason: str
    text: str
    task: ShownTask | None = None


@dataclass(frozen=True, slots=True)
class ShownTags:
    """The tags that are on, and whether WeCom has still to be told of some change."""

    on: list[BoardTag]
    board: list[BoardGroup]
    is_on_its_way: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the customer has come (进展): it changes while the card is open."""

    steps: list[Step]
    figures: list[tuple[str, str]]
    mass_left: MassLeft


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on the page of one customer in one member's chat."""

    follow: Follow
    name: str
    remark: str
    description: str
    is_lost: bool
    standing: Standing
    tags: ShownTags
    tasks: list[ShownTask]
    suggestion: Suggestion | None
    events: list[ShownEvent]
    older_before: str
    since: Position

    @property
    def customer(self) -> Customer:
        """Whom it is about."""
        return self.follow.identity.customer


def card_of(follow: Follow, *, now: datetime) -> Card:
    """Put one customer's card together; the position is read before what is shown."""
    since = position_now()
    customer, pending = follow.identity.customer, pending_changes(follow)
    tasks = tasks_for(follow, now=now)
    events = shown_events(customer)
    profile = customer.profile
    return Card(
        follow=follow,
        name=customer.name or _("微信客户"),
        remark=follow.remark if pending.remark is None else pending.remark,
        description=follow.description if pending.description is None else pending.description,
        is_lost=profile.stage == Profile.Stage.LOST,
        standing=standing_of(follow, now=now),
        tags=tags_for(follow),
        tasks=tasks,
        suggestion=suggestion_for(follow, tasks, now=now),
        events=events,
        older_before=older_before(events),
        since=Position(since.events.plus(shown.event.id for shown in events), since.alerts),
    )


def standing_of(follow: Follow, *, now: datetime) -> Standing:
    """Return how far the customer of a relation has come."""
    profile = follow.identity.customer.profile
    left = mass_left(identity=follow.identity, staff=follow.staff, now=now)
    return Standing(_steps(profile), _figures(profile), left)


def tags_for(follow: Follow) -> ShownTags:
    """Return the tags as they will be when WeCom has done what is on its way."""
    pending = pending_changes(follow)
    board = tag_board(corp_id=follow.staff.corp_id, on=pending.apply(tag_ids_of(follow)))
    on = [tag for group in board for tag in group.tags if tag.is_on]
    return ShownTags(on, board, bool(pending.added or pending.removed))


def tasks_for(follow: Follow, *, now: datetime) -> list[ShownTask]:
    """Return the member's tasks about one customer, with their texts."""
    tasks = tasks_of(staff=follow.staff, customer_id=follow.identity.customer_id, now=now)
    return shown_tasks(tasks, {follow.identity_id: follow})


def shown_tasks(tasks: Sequence[Task], follows: Mapping[int, Follow]) -> list[ShownTask]:
    """Return tasks as they are shown; the names stand where they belong.

    Args:
        follows: The member's relations by identity; a task without one cannot be answered here.
    """
    titles = titles_of({task.material_id for task in tasks if task.material_id is not None})
    return [
        ShownTask(
            task=task,
            follow_id=follows[task.touch.identity_id].pk
            if task.touch.identity_id in follows
            else None,
            text=_filled(task.ready_text, task),
            hint=_filled(task.hint, task),
            material_title=titles.get(task.material_id or 0, ""),
            may_wait=may_be_postponed(task.touch),
        )
        for task in tasks
    ]


def suggestion_for(
    follow: Follow, tasks: Sequence[ShownTask], *, now: datetime
) -> Suggestion | None:
    """Say what to do next: an open task first, else a word on what was just read."""
    if tasks:
        first = tasks[0]
        reason = first.hint or _("旅程任务，{time} 前有效").format(time=_clock(first))
        return Suggestion("task", first.task.touch.title, reason, first.text, first)
    alert = latest_alert(
        staff_id=follow.staff_id,
        customer_id=follow.identity.customer_id,
        kind=Alert.Kind.HIGH_INTENT,
        since=now - FRESH,
    )
    if alert is None:
        return None
    text = fill(
        _("{客户}您好，最近有什么想了解的吗？需要的话我按您的情况给一份建议～"),
        customer_name=follow.identity.customer.name,
        staff_name=follow.staff.name,
    )
    return Suggestion("suggestion", _("回访一下"), alert_words(alert).body, text)


def shown_events(customer: Customer, *, before: datetime | None = None) -> list[ShownEvent]:
    """Return a page of the timeline."""
    events = list(timeline(customer, before=before)[:EVENTS_SHOWN])
    channels = channels_of(event.payload for event in events)
    return [ShownEvent(event, event_words(event.type, event.payload, channels)) for event in events]


def older_before(events: Sequence[ShownEvent]) -> str:
    """Return from where on the timeline goes on, or '' at its end."""
    return events[-1].event.occurred_at.isoformat() if len(events) == EVENTS_SHOWN else ""


def _steps(profile: Profile) -> list[Step]:
    labels = dict(Profile.Stage.choices)
    place = _LADDER.index(profile.stage) if profile.stage in _LADDER else -1
    return [
        Step(str(labels[name]), "now" if n == place else "done" if n < place else "")
        for n, name in enumerate(_LADDER)
    ]


def _figures(profile: Profile) -> list[tuple[str, str]]:
    """Return what there is to tell: who has never bought has no sums."""
    figures = []
    if profile.order_count:
        figures.append((yuan(profile.order_amount_fen), _("累计消费")))
        figures.append((f"{profile.order_count:,}", _("订单")))
    figures.append((f"{profile.open_count:,}", _("打开素材")))
    return figures


def _filled(text: str, task: Task) -> str:
    touch = task.touch
    return fill(text, customer_name=touch.identity.customer.name, staff_name=touch.staff.name)


def _clock(shown: ShownTask) -> str:
    return f"{shown.task.touch.valid_until.astimezone(SHANGHAI):%m-%d %H:%M}"
