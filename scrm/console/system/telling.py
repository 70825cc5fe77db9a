"""What the system page tells (运行状态): last events, four numbers, processes, jobs, links."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from common import heartbeat
from customers.models import Event
from customers.selectors.customers import customers_visible_to
from org.models import Job, User
from scrm.web.event_words import Words, channels_of, event_words
from scrm.web.gauges import (
    GoldenNumbers,
    golden_numbers,
    heartbeat_ages,
    queue_lengths,
    redis_answers,
)
from scrm.web.wording import duration_words

SHOWN_EVENTS: Final = 25
SHOWN_JOBS: Final = 5
EVENTS_SINCE: Final = timedelta(days=2)
# What is heard of later than this belongs to the past: a first synchronisation, an import.
TOLD_WITHIN: Final = timedelta(hours=6)
LATE_SECONDS: Final = 60
AVATAR_COLORS: Final = 8


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One line of the loop."""

    id: int
    name: str
    words: Words
    staff: str
    occurred_at: datetime
    color: int

    @property
    def initial(self) -> str:
        """The one character on the picture."""
        return self.name[:1]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its meaning; `tone` is ok or bad."""

    label: str
    value: str
    meaning: str
    tone: str


@dataclass(frozen=True, slots=True)
class Company:
    """The four numbers of one corp."""

    name: str
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class Process:
    """A process or a service, and whether it lives; `tone` is ok, warn or bad."""

    name: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownJob:
    """Long work; `done` and `total` draw the bar, `progress` says it."""

    title: str
    state: str
    is_running: bool
    done: int
    total: int | None
    error: str

    @property
    def progress(self) -> str:
        """How far it has come."""
        return f"{self.done:,}" if self.total is None else f"{self.done:,} / {self.total:,}"


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from here."""

    label: str
    about: str
    url: str
    icon: str = "code"


def last_events(viewer: User, *, now: datetime) -> list[ShownEvent]:
    """Return what happened last to customers in the viewer's scope, imported pasts left out."""
    events = (
        Event.objects.filter(
            occurred_at__gte=now - EVENTS_SINCE,
            recorded_at__lt=F("occurred_at") + TOLD_WITHIN,
            identity__customer__in=customers_visible_to(viewer),
        )
        .select_related("identity__customer", "staff")
        .order_by("-id")[:SHOWN_EVENTS]
    )
    channels = channels_of(event.payload for event in events)
    return [_shown(event, channels) for event in events]


def companies(*, now: datetime) -> list[Company]:
    """Return the four numbers of each corp in words."""
    return [
        Company(name=numbers.corp_name, figures=_figures(numbers))
        for numbers in golden_numbers(now=now)
    ]


def processes() -> list[Process]:
    """Return the processes by their heartbeats, and the services behind them."""
    fresh = timedelta(seconds=heartbeat.FRESH_SECONDS)
    names = {
        "worker-welcome": _("欢迎语队列"),
        "worker-fast": _("快速队列"),
        "worker-mass": _("群发队列"),
        "worker-bulk": _("批量队列"),
        "beat": _("每秒唤醒"),
        "pump": _("备用循环"),
        "web": _("网页与接口"),
    }
    shown = [
        Process(names.get(name, name), _ago(age), "ok" if age <= fresh else "bad")
        for name, age in heartbeat_ages().items()
    ]
    redis = Process("Redis", _("正常"), "ok")
    if not redis_answers():
        redis = Process("Redis", _("断开，每秒轮询代替"), "warn")
    return [Process("PostgreSQL", _("正常"), "ok"), redis, *shown]


def jobs() -> list[ShownJob]:
    """Return the running jobs, then the last finished ones."""
    running = list(Job.objects.filter(state=Job.State.RUNNING).order_by("-id")[:SHOWN_JOBS])
    done = Job.objects.exclude(state=Job.State.RUNNING).order_by("-id")
    return [_shown_job(job) for job in [*running, *done[: SHOWN_JOBS - len(running)]]]


def queues() -> list[tuple[str, str]]:
    """Return how much waits where, in words."""
    names = {
        "receipts": _("待处理回调"),
        "events": _("待归集行为"),
        "parked_events": _("已搁置行为"),
        "dispatches_pending": _("待发送"),
        "dispatches_sending": _("发送中"),
        "refreshes": _("待核对"),
        "spool": _("暂存回调"),
    }
    return [(names[name], f"{length:,}") for name, length in queue_lengths().items()]


def links(viewer: User) -> list[Link]:
    """Return the ways on from here that the viewer may go."""
    ways = []
    if settings.DEBUG:
        sandbox = f"http://127.0.0.1:{settings.SANDBOX_PORT}/"
        ways.append(Link(_("本地企业微信"), _("扮演客户和员工，走一遍闭环"), sandbox, "phone"))
    ways.append(Link(_("开放接口"), _("OpenAPI 文档"), reverse("api-schema")))
    if viewer.is_superuser:
        ways.append(Link(_("后台"), _("少用的数据表"), reverse("admin:index")))
    return ways


def _shown(event: Event, channels: Mapping[str, str]) -> ShownEvent:
    customer = event.identity.customer
    return ShownEvent(
        id=event.id,
        name=customer.name or _("新客户"),
        words=event_words(event.type, event.payload, channels),
        staff=str(event.staff) if event.staff else "",
        occurred_at=event.occurred_at,
        color=customer.pk % AVATAR_COLORS,
    )


def _shown_job(job: Job) -> ShownJob:
    return ShownJob(
        title=job.title,
        state=job.get_state_display(),
        is_running=job.state == Job.State.RUNNING,
        done=job.done_count,
        total=job.total_count,
        error=job.error,
    )


def _figures(numbers: GoldenNumbers) -> list[Figure]:
    return [
        _age(
            _("最久未发出"),
            numbers.oldest_due_call_seconds,
            _("已到时间、还没有发出的调用里最久的一个"),
        ),
        _age(
            _("最久未处理回调"),
            numbers.oldest_receipt_seconds,
            _("已收下、还没有处理的回调里最久的一个"),
        ),
        _count(
            _("需要人看"),
            numbers.unknown_or_dead_count,
            _("结果未知或已停止的调用，加上搁置的回调"),
        ),
        _count(_("上次核对差异"), numbers.drift_count, _("最近一次核对企业微信时发现并修正的差异")),
    ]


def _age(label: str, seconds: float, meaning: str) -> Figure:
    tone = "bad" if seconds >= LATE_SECONDS else "ok"
    return Figure(label, duration_words(round(seconds)), meaning, tone)


def _count(label: str, count: int, meaning: str) -> Figure:
    return Figure(label, f"{count:,}", meaning, "bad" if count else "ok")


def _ago(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    return _("{duration}前").format(duration=duration_words(seconds))
