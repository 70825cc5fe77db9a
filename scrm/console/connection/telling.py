"""What the connection page tells of one corp: apps, tests, callbacks, tokens, capacity, work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from campaigns.models import ChannelCode
from common import sql
from customers.models import Tag
from org.models import ConnectionProbe, ConnectionTick, Job
from scrm.console.connection.checklist import Seen, ShownPoint, shown_points
from wecom.advice import Advice, advice_of_text
from wecom.api.checks import CONTACTS, CUSTOMERS, SECRET, TICKET
from wecom.models import ApiPause, App, Corp, TokenLease
from wecom.models.corp import AppPurpose
from wecom.selectors.callbacks import CallbackTimes, apps_of, callback_times, welcome_codes

SILENT_AFTER: Final = timedelta(minutes=30)
BUSY_HOURS: Final = range(9, 21)
# WeCom's limits (wecom-api §7.1, §8.1), and how many friends one member may have.
CODE_LIMIT: Final = 500_000
TAG_LIMIT: Final = 10_000
FRIEND_LIMIT: Final = 5_000
FRIENDS_WARN_AT: Final = 4_000
SHOWN_STAFF: Final = 5
SYNC_JOBS: Final = 3

_WELCOMED: Final = """
SELECT count(*) FROM (
    SELECT 1 FROM touches_touch touch JOIN org_staff staff ON staff.id = touch.staff_id
     WHERE touch.lane = 'W' AND touch.state = 'delivered' AND staff.corp_id = %s LIMIT 1) one
"""
_FULLEST: Final = """
SELECT coalesce(nullif(staff.name, ''), staff.userid), count(*)
  FROM customers_follow follow JOIN org_staff staff ON staff.id = follow.staff_id
 WHERE staff.corp_id = %s AND staff.left_at IS NULL AND follow.status = 'friend'
 GROUP BY staff.id ORDER BY 2 DESC, staff.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class ShownProbe:
    """One step of the self-test in words."""

    label: str
    probe: ConnectionProbe
    advice: Advice | None


@dataclass(frozen=True, slots=True)
class ShownToken:
    """One token or ticket: until when it is good, or why there is none."""

    label: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownApp:
    """An app with its callback address, its keys, and how it does."""

    app: App
    callback_url: str
    times: CallbackTimes
    is_silent: bool
    probes: list[ShownProbe]
    tokens: list[ShownToken]

    @property
    def is_customer_app(self) -> bool:
        """True for the app that speaks with customers."""
        return self.app.purpose == AppPurpose.APP


@dataclass(frozen=True, slots=True)
class Capacity:
    """One limit of WeCom and how much of it is used."""

    label: str
    used: int
    limit: int
    is_near: bool


@dataclass(frozen=True, slots=True)
class CorpState:
    """Everything the page tells of one corp."""

    corp: Corp
    apps: list[ShownApp]
    points: list[ShownPoint]
    done_count: int
    problems: list[str]
    capacity: list[Capacity]
    pauses: list[ApiPause]
    missing_codes: tuple[int, int] | None


def corp_state(corp: Corp, *, now: datetime) -> CorpState:
    """Read everything of one corp."""
    times = callback_times(corp.pk)
    apps = [_app(app, times.get(app.pk, CallbackTimes()), now=now) for app in apps_of(corp.pk)]
    main = next((one for one in apps if one.is_customer_app), None)
    ticks = {tick.item: tick for tick in ConnectionTick.objects.filter(corp=corp)}
    seen = Seen(
        app=main.app if main else None,
        probes={one.probe.step: one.probe for one in main.probes} if main else {},
        times=main.times if main else CallbackTimes(),
        public_url=settings.PUBLIC_URL,
        welcomed_count=sql.fetch_value(_WELCOMED, [corp.pk]),
    )
    points = shown_points(seen, ticks)
    codes = welcome_codes(corp.pk, now=now)
    return CorpState(
        corp=corp,
        apps=apps,
        points=points,
        done_count=sum(one.is_done for one in points),
        problems=_problems(apps),
        capacity=_capacity(corp),
        pauses=list(ApiPause.objects.filter(corp=corp, until__gt=now).order_by("until")),
        missing_codes=(codes.missing_count, codes.add_count) if codes.is_suspicious else None,
    )


def sync_jobs(corp: Corp) -> list[Job]:
    """Return the last synchronisations and sweeps of a corp, the newest first."""
    jobs = Job.objects.filter(kind__in=["sync", "sweep"], subject=corp.corp_id)
    return list(jobs.order_by("-id")[:SYNC_JOBS])


def sync_words(job: Job) -> str:
    """Say what a walk is reading now, or what it found."""
    if job.state == Job.State.RUNNING:
        steps = {
            "contacts": _("正在读通讯录"),
            "tags": _("正在读标签"),
            "customers": _("正在读客户"),
            "group_list": _("正在读客户群"),
            "groups": _("正在读客户群"),
        }
        return steps.get(str(job.cursor.get("step", "")), "")
    if job.state == Job.State.FAILED:
        return advice_of_text(job.error).problem
    return _("{customers} 个好友关系，{groups} 个客户群").format(
        customers=f"{job.result.get('customers', 0):,}", groups=f"{job.result.get('groups', 0):,}"
    )


def _app(app: App, times: CallbackTimes, *, now: datetime) -> ShownApp:
    return ShownApp(
        app=app,
        callback_url=f"{settings.PUBLIC_URL}/wecom/callback/{app.corp.corp_id}/{app.slug}",
        times=times,
        is_silent=_is_silent(app, times, now=now),
        probes=_probes(app),
        tokens=[_token(lease, now=now) for lease in app.token_leases.all() if lease.version],
    )


def _is_silent(app: App, times: CallbackTimes, *, now: datetime) -> bool:
    """Say whether an app that once received has been silent for half an hour in working hours."""
    if not app.is_enabled or times.any_at is None or app.purpose != AppPurpose.APP:
        return False
    return localtime(now).hour in BUSY_HOURS and now - times.any_at > SILENT_AFTER


def _probes(app: App) -> list[ShownProbe]:
    labels = {
        SECRET: _("密钥"),
        CONTACTS: _("通讯录"),
        CUSTOMERS: _("客户联系"),
        TICKET: _("侧边栏凭证"),
    }
    order = list(labels)
    probes = sorted(
        ConnectionProbe.objects.filter(app=app),
        key=lambda probe: order.index(probe.step) if probe.step in labels else len(order),
    )
    return [
        ShownProbe(
            labels.get(probe.step, probe.step),
            probe,
            None if probe.is_ok else advice_of_text(probe.problem),
        )
        for probe in probes
    ]


def _token(lease: TokenLease, *, now: datetime) -> ShownToken:
    label = str(lease.get_kind_display())
    if lease.failed_errcode is not None:
        return ShownToken(label, advice_of_text(f"[{lease.failed_errcode}]").problem, "bad")
    if lease.expires_at is None or lease.value is None:
        return ShownToken(label, _("下次调用时取新的"), "")
    if lease.expires_at <= now:
        return ShownToken(label, _("已过期，下次调用时换新"), "")
    until = localtime(lease.expires_at).strftime("%H:%M")
    return ShownToken(label, _("有效至 {until}").format(until=until), "ok")


def _problems(apps: Sequence[ShownApp]) -> list[str]:
    problems = []
    for one in apps:
        failed = next((probe for probe in one.probes if probe.advice), None)
        if one.app.is_enabled and failed and failed.advice:
            problems.append(
                f"{one.app.get_purpose_display()}：{failed.advice.problem}。{failed.advice.remedy}"
            )
        if one.is_silent:
            words = _("{app}：半小时没有收到回调。请核对企业微信后台的回调 URL，并从外网访问一次。")
            problems.append(words.format(app=one.app.get_purpose_display()))
    return problems


def _capacity(corp: Corp) -> list[Capacity]:
    codes = ChannelCode.objects.filter(corp=corp).exclude(config_id="").count()
    tags = Tag.objects.filter(corp=corp, is_deleted=False, wecom_id__isnull=False).count()
    rows = [
        Capacity(_("渠道活码"), codes, CODE_LIMIT, codes >= CODE_LIMIT * 0.8),
        Capacity(_("企业标签"), tags, TAG_LIMIT, tags >= TAG_LIMIT * 0.8),
    ]
    for name, friends in sql.fetch_all(_FULLEST, [corp.pk, SHOWN_STAFF]):
        label = _("{name} 的好友").format(name=name)
        rows.append(Capacity(label, friends, FRIEND_LIMIT, friends >= FRIENDS_WARN_AT))
    return rows
