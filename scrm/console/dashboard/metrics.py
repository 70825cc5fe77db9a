"""The figures of people by name (指标名称): what their lists are called, and say of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.selectors.people import Cut
from scrm.console.dashboard.asking import Asked
from scrm.console.dashboard.telling import weekdays


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of people; `moment` says what the time in its list is."""

    name: str
    label: str | Promise
    moment: str | Promise


_ADDED = gettext_lazy("添加时间")
_ENDED = gettext_lazy("流失时间")
_ACTIVE = gettext_lazy("最近活跃")
_ENTERED = gettext_lazy("进入时间")

METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric("friends", gettext_lazy("有效客户"), _ADDED),
        Metric("added", gettext_lazy("新增客户"), _ADDED),
        Metric("added_read", gettext_lazy("新增客户 · 已阅读"), _ADDED),
        Metric("added_replied", gettext_lazy("新增客户 · 已阅读并回复"), _ADDED),
        Metric("added_answered", gettext_lazy("新增客户 · 已回复"), _ADDED),
        Metric("added_handled", gettext_lazy("新增客户 · 员工已跟进"), _ADDED),
        Metric("added_gone", gettext_lazy("新增客户 · 24 小时内删除"), _ADDED),
        Metric("lost", gettext_lazy("流失客户"), _ENDED),
        Metric("lost_by_customer", gettext_lazy("流失客户 · 客户删除员工"), _ENDED),
        Metric("lost_by_staff", gettext_lazy("流失客户 · 员工删除客户"), _ENDED),
        Metric("readers", gettext_lazy("打开素材客户"), _ACTIVE),
        Metric("active", gettext_lazy("活跃客户"), _ACTIVE),
        Metric("journey_active", gettext_lazy("旅程在途客户"), _ENTERED),
        Metric("journey_treated", gettext_lazy("进入旅程的客户"), _ENTERED),
        Metric("journey_control", gettext_lazy("进入对照组的客户"), _ENTERED),
        Metric("journey_treated_goal", gettext_lazy("旅程达成目标的客户"), _ENTERED),
        Metric("journey_control_goal", gettext_lazy("对照组达成目标的客户"), _ENTERED),
    )
}


def said(asked: Asked, cut: Cut) -> str:
    """Say which days, whose, and what else a list is of."""
    period = asked.period
    parts = [_("{first} 至 {last}").format(first=period.first, last=period.last)]
    if asked.department is not None:
        parts.append(_("部门：{name}").format(name=asked.department.name))
    if asked.staff is not None:
        parts.append(_("员工：{name}").format(name=asked.staff))
    if cut.source is not None:
        parts.append(_("渠道：{source}").format(source=cut.source or _("无渠道参数")))
    if cut.weekday is not None and cut.hour is not None and 1 <= cut.weekday <= len(weekdays()):
        day = weekdays()[cut.weekday - 1]
        parts.append(_("{day} {hour}:00–{hour}:59").format(day=day, hour=cut.hour))
    if cut.journey:
        parts.append(_("旅程：{journey}").format(journey=cut.journey))
    return " · ".join(parts)
