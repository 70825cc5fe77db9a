"""The figures in words (指标卡): label, value, definition, comparison, and where they lead."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.translation import gettext as _

from analytics.selectors.dashboard import Dashboard
from scrm.console.dashboard.asking import Asked
from scrm.web.wording import duration_words
from touches.models import Touch

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Figure:
    """One card. `about` is its definition; `trend` says whether `delta` is good or bad news."""

    id: str
    label: str
    value: str
    about: str
    url: str = ""
    delta: str = ""
    trend: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that belong together."""

    label: str
    figures: list[Figure]


def groups(found: Dashboard, asked: Asked) -> list[Group]:
    """Return all cards."""
    return [
        Group(_("客户"), [*_customers(found, asked), _readers(found, asked)]),
        Group(_("触达与员工响应"), [*_touches(found, asked), *_staff(found, asked)]),
    ]


def _customers(found: Dashboard, asked: Asked) -> list[Figure]:
    people, before = found.people, found.people_before
    return [
        Figure(
            "friends",
            _("有效客户"),
            f"{found.friends:,}",
            _("期末至少与一位员工互为好友的客户，按人去重。"),
            asked.people_url("friends"),
            *_change(found.friends, found.friends_before),
        ),
        Figure(
            "added",
            _("新增客户"),
            f"{people.added:,}",
            _(
                "期初不是好友、期间成为好友的客户，按人去重。老客户再添加本范围内另一位员工不算新增。"
            ),
            asked.people_url("added"),
            *_change(people.added, before.added),
        ),
        Figure(
            "lost",
            _("流失客户"),
            f"{people.lost:,}",
            _("期间结束了好友关系、期末与范围内任何员工都不再是好友的客户，按人去重。"),
            asked.people_url("lost"),
            *_change(people.lost, before.lost, is_good=False),
            notes=[
                (
                    _("客户删除 {n}").format(n=f"{people.lost_by_customer:,}"),
                    asked.people_url("lost_by_customer"),
                ),
                (
                    _("员工删除 {n}").format(n=f"{people.lost_by_staff:,}"),
                    asked.people_url("lost_by_staff"),
                ),
            ],
        ),
        Figure(
            "net",
            _("净增"),
            f"{people.net:+,}",
            _("新增减去流失，等于期末有效客户减去期初有效客户（{n}）。").format(
                n=f"{found.friends_before:,}"
            ),
            "",
            _("上期 {n}").format(n=f"{before.net:+,}"),
        ),
    ]


def _readers(found: Dashboard, asked: Asked) -> Figure:
    return Figure(
        "readers",
        _("打开素材客户"),
        f"{found.people.readers:,}",
        _("期间打开过员工素材链接的客户，按人去重。"),
        asked.people_url("readers"),
        *_change(found.people.readers, found.people_before.readers),
    )


def _touches(found: Dashboard, asked: Asked) -> list[Figure]:
    now, before = found.touches, found.touches_before
    waiting = now.by_state[Touch.State.DISPATCHED]
    handled = now.by_state[Touch.State.CONFIRMED]
    return [
        Figure(
            "planned",
            _("计划触达"),
            f"{now.planned:,}",
            _("计划时间落在期间内的全部触达，一位客户一条算一次，不论结果。"),
            asked.touches_url(),
            *_change(now.planned, before.planned),
        ),
        Figure(
            "sent",
            _("已发出"),
            f"{now.sent:,}",
            _("已交给员工或客户的触达：待员工确认、员工已处理、送达成功之和。"),
            asked.touches_url(state="sent"),
            *_change(now.sent, before.sent),
            notes=[
                (
                    _("待员工确认 {n}").format(n=f"{waiting:,}"),
                    asked.touches_url(state="dispatched"),
                ),
                (
                    _("员工已处理 {n}").format(n=f"{handled:,}"),
                    asked.touches_url(state="confirmed"),
                ),
            ],
        ),
        Figure(
            "delivered",
            _("送达成功"),
            f"{now.delivered:,}",
            _("企业微信返回发送成功的触达。企业微信不提供已读状态，打开情况见打开素材客户。"),
            asked.touches_url(state="delivered"),
            *_change(now.delivered, before.delivered),
        ),
        Figure(
            "suppressed",
            _("被抑制"),
            f"{now.suppressed:,}",
            _("因频次、额度、静默或关系等原因没有发出的触达，原因见下表。"),
            asked.touches_url(state="suppressed"),
            *_change(now.suppressed, before.suppressed, is_good=False),
        ),
    ]


def _staff(found: Dashboard, asked: Asked) -> list[Figure]:
    now, people = found.touches, found.people
    overdue = now.tasks[Touch.State.EXPIRED]
    late = now.tasks[Touch.State.CONFIRMED] - now.on_time
    return [
        Figure(
            "on_time",
            _("任务按时完成"),
            _share(now.on_time, now.due_tasks),
            _("有效期内完成的 1v1 任务 ÷ 应完成的任务。过期未处理的任务计入应完成，未到期的不计。"),
            asked.touches_url(lane="T", state="confirmed", on_time="1"),
            *_points((now.on_time, now.due_tasks), _tasks_before(found)),
            notes=[
                (
                    _("按时 {n}").format(n=f"{now.on_time:,}"),
                    asked.touches_url(lane="T", state="confirmed", on_time="1"),
                ),
                (
                    _("超时 {n}").format(n=f"{late:,}"),
                    asked.touches_url(lane="T", state="confirmed", on_time="0"),
                ),
                (
                    _("逾期 {n}").format(n=f"{overdue:,}"),
                    asked.touches_url(lane="T", state="expired"),
                ),
            ],
        ),
        Figure(
            "handling",
            _("首次跟进用时（中位）"),
            NOTHING if people.handling is None else _span(people.handling),
            _(
                "新增客户从添加到员工第一次完成任务或标记的时间，取中位数，只算已跟进的。"
                "没有会话存档，聊天回复的快慢无法得知。"
            ),
            asked.people_url("added_handled"),
            _("上期 {span}").format(
                span=NOTHING
                if found.people_before.handling is None
                else _span(found.people_before.handling)
            ),
            notes=[
                (
                    _("已跟进 {n} 位").format(n=f"{people.handled:,}"),
                    asked.people_url("added_handled"),
                )
            ],
        ),
    ]


def _tasks_before(found: Dashboard) -> tuple[int, int]:
    return found.touches_before.on_time, found.touches_before.due_tasks


def _span(value: timedelta) -> str:
    return duration_words(round(value.total_seconds()))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else NOTHING


def _change(now: int, before: int, *, is_good: bool = True) -> tuple[str, str]:
    """Say how a number changed, and whether that is good."""
    if not before:
        return (_("上期 0") if now else "", "")
    ratio = (now - before) / before
    good: Callable[[float], bool] = (lambda x: x > 0) if is_good else (lambda x: x < 0)
    trend = "" if not ratio else "up" if good(ratio) else "down"
    return f"{ratio:+.1%}", trend


def _points(now: tuple[int, int], before: tuple[int, int]) -> tuple[str, str]:
    """Say how a share changed, in points of a hundred."""
    if not now[1] or not before[1]:
        return "", ""
    points = (now[0] / now[1] - before[0] / before[1]) * 100
    trend = "up" if points > 0 else "down" if points < 0 else ""
    return _("{points} 个百分点").format(points=f"{points:+.1f}"), trend
