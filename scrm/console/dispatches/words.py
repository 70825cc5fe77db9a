"""Calls in words (发送文案): states and their colors, and the evidence on one that is in doubt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.web.wording import moment_words
from touches.models import Dispatch, MassTask

State = Dispatch.State
CALL_STATES: Final[Mapping[str, tuple[str | Promise, str]]] = {
    State.PENDING: (gettext_lazy("待发送"), "brand"),
    State.SENDING: (gettext_lazy("发送中"), "brand"),
    State.DONE: (gettext_lazy("已完成"), "ok"),
    State.REFUSED: (gettext_lazy("被拒绝"), "bad"),
    State.UNKNOWN: (gettext_lazy("结果未知"), "bad"),
    State.DEAD: (gettext_lazy("已停止"), "bad"),
    State.CANCELLED: (gettext_lazy("已撤回"), ""),
    State.EXPIRED: (gettext_lazy("已过期"), ""),
}
TASK_STATES: Final[Mapping[str, tuple[str | Promise, str]]] = {
    MassTask.State.OPEN: (gettext_lazy("待员工确认"), "warn"),
    MassTask.State.CONFIRMED: (gettext_lazy("员工已确认"), "ok"),
    MassTask.State.STOPPING: (gettext_lazy("停止中"), "brand"),
    MassTask.State.FINAL: (gettext_lazy("已结束"), ""),
}


def call_state(call: Dispatch) -> tuple[str, str]:
    """Return the label and the color of a call's state."""
    label, tone = CALL_STATES[call.state]
    return str(label), tone


def task_state(task: MassTask) -> tuple[str, str]:
    """Return the label and the color of a mass message's state."""
    label, tone = TASK_STATES[task.state]
    return str(label), tone


def evidence(call: Dispatch, *, now: datetime) -> list[str]:
    """Say what is known of a call that needs a person."""
    said = [_("处理了 {n} 次").format(n=call.attempts)]
    if call.first_sent_at is not None:
        said.append(_("第一次发出：{moment}").format(moment=moment_words(call.first_sent_at)))
    if call.ambiguous_rounds:
        said.append(
            _("其中 {n} 次没有等到企业微信的答复，可能已经执行").format(n=call.ambiguous_rounds)
        )
    elif call.state == State.DEAD:
        said.append(_("每次都得到了明确的失败答复，没有一次可能已执行"))
    if call.state == State.UNKNOWN and call.kind == Dispatch.Kind.MASS_MESSAGE:
        said.append(_("已到企业微信的群发记录里查找，没有找到这条群发"))
    if call.deadline_at is not None:
        words = (
            _("最晚发送时间 {moment} 已过，重新发送会直接记为已过期")
            if call.deadline_at <= now
            else _("最晚发送时间：{moment}")
        )
        said.append(words.format(moment=moment_words(call.deadline_at)))
    return said
