"""What the page of one customer shows (客户 360)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.selectors.channel_codes import code_names
from common.ids import uuid7
from customers.identifiers import Kind
from customers.models import Customer, Follow, Identity, Profile
from customers.selectors.history import KINDS, Happening, history_of
from customers.selectors.portrait import CarriedTag, Portrait, carried_tags, portrait_of
from customers.selectors.tags import live_tags
from org.models import Alert
from scrm.console.customers.telling import STAGE_TONES
from scrm.web.alert_words import alert_words
from scrm.web.event_words import Words, channels_of, event_words
from scrm.web.relation_words import add_way_words, source_words
from sop.selectors.runs_of_customer import journeys_of
from touches.models import Touch
from touches.selectors.of_customer import PendingTags, open_task_of, pending_tags, touches_of

LADDER: Final = (
    Profile.Stage.POTENTIAL,
    Profile.Stage.FIRST,
    Profile.Stage.REPURCHASE,
    Profile.Stage.MEMBER,
    Profile.Stage.ADVOCATE,
)
TABS: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("", gettext_lazy("全部")),
    ("messages", gettext_lazy("会话")),
    ("orders", gettext_lazy("订单")),
    ("content", gettext_lazy("内容")),
    ("touches", gettext_lazy("触达")),
    ("tags", gettext_lazy("标签")),
    ("notes", gettext_lazy("跟进")),
    ("relations", gettext_lazy("关系")),
)
MOST_ORDERS: Final = 5
MOST_READINGS: Final = 6
# So many events are looked through for them.
READ_EVENTS: Final = 120
# A read is a reason to speak only while it is fresh.
INTENT_FRESH: Final = timedelta(days=2)
TOUCH_TONES: Final = {
    Touch.State.DELIVERED: "ok",
    Touch.State.CONFIRMED: "ok",
    Touch.State.SUPPRESSED: "warn",
    Touch.State.EXPIRED: "warn",
    Touch.State.REFUSED: "bad",
    Touch.State.UNKNOWN: "bad",
    Touch.State.DISPATCHED: "brand",
    Touch.State.QUEUED: "brand",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the time line."""

    at: datetime
    words: Words
    staff: str


@dataclass(frozen=True, slots=True)
class Relation:
    """One staff member's relation to the customer, in words."""

    staff: str
    status: str
    is_friend: bool
    remark: str
    description: str
    added_at: datetime | None
    add_way: str
    channel: str
    ended: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NamedIdentity:
    """One identity: what kind, which, and where it came from."""

    kind: str
    value: str
    source: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What the customer did with one material, over all its links."""

    title: str
    open_count: int
    seconds: int
    depth: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do next, and why: only what data says."""

    title: str
    reason: str
    at: datetime
    icon: str


def customer_context(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """Return everything that the page shows; a fixed number of statements."""
    portrait = portrait_of(customer)
    channels = code_names(follow.state for follow in portrait.follows)
    relations = [_relation(follow, channels) for follow in portrait.follows]
    relations.sort(key=lambda relation: not relation.is_friend)
    memberships = portrait.memberships
    return {
        "customer": customer,
        "profile": customer.profile,
        "portrait": portrait,
        "mobiles": portrait.mobiles,
        "stage_label": Profile.Stage(customer.profile.stage).label,
        "stage_tone": STAGE_TONES.get(Profile.Stage(customer.profile.stage), ""),
        "ladder": _ladder(customer.profile),
        "relations": relations,
        "channel": next((relation.channel for relation in relations if relation.channel), ""),
        "identities": [_named(identity) for identity in portrait.identities],
        "groups_in": [seat for seat in memberships if seat.left_at is None],
        "groups_left": [seat for seat in memberships if seat.left_at is not None],
        "journeys": journeys_of(portrait.identity_ids),
        "touches": [(touch, _touch_tone(touch)) for touch in touches_of(portrait.identity_ids)],
        "readings": _readings(portrait),
        "orders": _orders(portrait),
        "suggestion": _suggestion(portrait, now=now),
        "note_id": uuid7(),
        **tags_context(portrait),
        **history_context(customer, portrait.identity_ids, kind="", after="", channels=channels),
    }


def tags_context(portrait: Portrait) -> dict[str, Any]:
    """Return what the card of the tags shows: carried ones, those on their way, those to choose."""
    pending = pending_tags(portrait.follows)
    tags = list(live_tags())
    names = {tag.pk: tag.name for tag in tags}
    carried = {tag.id for tag in portrait.tags}
    return {
        "customer": portrait.customer,
        "tags": [(tag, tag.id in pending.removed) for tag in portrait.tags],
        "coming": [names[one] for one in sorted(pending.added - carried) if one in names],
        "is_writing": _is_writing(portrait.tags, pending),
        "tag_options": _grouped(
            [(tag.group.name, tag.pk, tag.name) for tag in tags if tag.pk not in carried]
        ),
    }


def history_context(
    customer: Customer,
    ids: Sequence[int],
    *,
    kind: str,
    after: str,
    channels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return one page of the time line of a customer's identities.

    Args:
        customer: Already accessed through `access_customer`.
        ids: Of the identities.
        kind: One of `KINDS` or `tags`; anything else means everything.
        after: What the page before this one said.
        channels: The names of the customer's channels, where they are known already.
    """
    if kind == "tags":
        lines, following = _tag_lines(carried_tags(ids)), ""
    else:
        kind = kind if kind in KINDS else ""
        history = history_of(ids, kind=kind, after=after)
        lines, following = list(_lines(history.happenings, channels)), history.after
    return {
        "customer": customer,
        "kind": kind,
        "kinds": TABS,
        "lines": lines,
        "after": following,
        "is_first": not after,
    }


def _lines(happenings: Sequence[Happening], channels: Mapping[str, str] | None) -> Iterator[Line]:
    """Yield lines; of one visit only the last word, which says how long and how far."""
    visits: set[str] = set()
    if channels is None:
        channels = channels_of(one.payload for one in happenings)
    for one in happenings:
        visit = str(one.payload.get("visit") or "")
        if visit and visit in visits:
            continue
        visits.add(visit)
        yield Line(one.occurred_at, event_words(one.type, one.payload, channels), one.staff)


def _tag_lines(tags: Sequence[CarriedTag]) -> list[Line]:
    lines = [
        Line(
            tag.assigned_at,
            Words(
                _("打上标签：{tag}").format(tag=tag.name),
                " · ".join(part for part in (source_words(tag.source), tag.reason) if part),
                "tag",
                "brand",
            ),
            "、".join(tag.staff),
        )
        for tag in tags
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _ladder(profile: Profile) -> list[dict[str, str]]:
    """Return the steps of the life cycle; who is lost stands on none."""
    place = LADDER.index(Profile.Stage(profile.stage)) if profile.stage in LADDER else -1
    states = ["done" if step < place else "now" if step == place else "" for step in range(9)]
    return [
        {"label": str(stage.label), "state": state}
        for stage, state in zip(LADDER, states, strict=False)
    ]


def _relation(follow: Follow, channels: dict[str, str]) -> Relation:
    ended = {
        Follow.Status.CUSTOMER_DELETED: (_("客户删除员工"), follow.customer_deleted_at),
        Follow.Status.STAFF_DELETED: (_("员工删除客户"), follow.staff_deleted_at),
    }.get(Follow.Status(follow.status), ("", None))
    return Relation(
        staff=str(follow.staff),
        status=follow.get_status_display(),
        is_friend=follow.status == Follow.Status.FRIEND,
        remark=follow.remark,
        description=follow.description,
        added_at=follow.added_at or follow.half_added_at,
        add_way=add_way_words(follow.add_way),
        channel=channels.get(follow.state, follow.state),
        ended=ended[0],
        ended_at=ended[1],
    )


def _named(identity: Identity) -> NamedIdentity:
    prefix, _colon, realm = identity.namespace.partition(":")
    kinds = {"wecom": Kind.EXTERNAL_USERID.label, **dict(Kind.choices)}
    label = _(str(kinds.get(prefix, prefix)))
    shown = "" if prefix == "phone" else identity.value
    if prefix in {"buyer", "member"} and realm:
        label = f"{label} · {realm}"
    return NamedIdentity(label, shown, source_words(identity.source), identity.created_at)


def _orders(portrait: Portrait) -> list[Happening]:
    found = history_of(portrait.identity_ids, kind="orders", limit=MOST_ORDERS)
    return list(found.happenings)


def _readings(portrait: Portrait) -> list[Reading]:
    """Return what was read last, as the ledger tells it: reads of before our time count too."""
    read: dict[str, list[Happening]] = {}
    found = history_of(portrait.identity_ids, kind="content", limit=READ_EVENTS)
    for one in found.happenings:
        read.setdefault(str(one.payload.get("title", "")), []).append(one)
    return [_reading(title, events) for title, events in list(read.items())[:MOST_READINGS]]


def _reading(title: str, events: Sequence[Happening]) -> Reading:
    seconds: dict[str, int] = {}
    for one in events:
        visit = str(one.payload.get("visit", ""))
        seconds[visit] = max(seconds.get(visit, 0), one.payload.get("total_seconds", 0))
    depth = max(one.payload.get("depth_percent", 0) for one in events)
    is_completed = any(one.type == "link_completed" for one in events)
    return Reading(
        title=title,
        open_count=sum(one.type == "link_opened" for one in events),
        seconds=sum(seconds.values()),
        depth=100 if is_completed else depth,
    )


def _suggestion(portrait: Portrait, *, now: datetime) -> Suggestion | None:
    """Return the next thing to do: an open task, else an alert that nobody has looked at."""
    task = open_task_of(portrait.identity_ids)
    if task is not None:
        reason = _("{staff} 的任务还没有处理").format(staff=task.staff)
        return Suggestion(task.title, reason, task.due_at, "clipboard-check")
    alert = (
        Alert.objects.filter(
            customer_id=portrait.customer.pk, seen_at=None, created_at__gte=now - INTENT_FRESH
        )
        .select_related("staff")
        .order_by("-created_at")
        .first()
    )
    if alert is None:
        return None
    words = alert_words(alert)
    reason = " · ".join(
        part for part in (words.body, _("{staff} 还没有查看").format(staff=alert.staff)) if part
    )
    return Suggestion(words.title, reason, alert.occurred_at, "sparkles")


def _touch_tone(touch: Touch) -> str:
    return TOUCH_TONES.get(Touch.State(touch.state), "")


def _is_writing(tags: Sequence[CarriedTag], pending: PendingTags) -> bool:
    carried = {tag.id for tag in tags}
    return bool(pending.added - carried or pending.removed & carried)


def _grouped(
    rows: Sequence[tuple[str, int, str]],
) -> list[tuple[str, list[tuple[int, str]]]]:
    groups: dict[str, list[tuple[int, str]]] = {}
    for group, pk, name in rows:
        groups.setdefault(group, []).append((pk, name))
    return list(groups.items())
