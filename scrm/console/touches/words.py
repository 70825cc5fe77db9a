"""Touches in words (触达文案): states, lanes and origins as operators say them."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.web.reason_words import reason_words
from touches.models import Touch

State = Touch.State
SENT: Final = "sent"
# In the order of the tabs, with the color of the badge.
STATES: Final[Mapping[str, tuple[str | Promise, str]]] = {
    State.PLANNED: (gettext_lazy("已计划"), ""),
    State.QUEUED: (gettext_lazy("待发送"), "brand"),
    State.DISPATCHED: (gettext_lazy("待员工确认"), "warn"),
    State.CONFIRMED: (gettext_lazy("员工已处理"), "ok"),
    State.DELIVERED: (gettext_lazy("送达成功"), "ok"),
    State.SUPPRESSED: (gettext_lazy("被抑制"), "violet"),
    State.REFUSED: (gettext_lazy("被拒绝"), "bad"),
    State.EXPIRED: (gettext_lazy("已过期"), ""),
    State.CANCELLED: (gettext_lazy("已撤回"), ""),
    State.UNKNOWN: (gettext_lazy("结果未知"), "bad"),
}
_DONE_BY_STAFF: Final = {
    State.DISPATCHED: gettext_lazy("待员工处理"),
    State.CONFIRMED: gettext_lazy("员工已完成"),
}
_ORIGINS: Final[Mapping[str, str | Promise]] = {
    "journey": gettext_lazy("旅程"),
    "channel_code": gettext_lazy("渠道活码"),
    "welcome": gettext_lazy("欢迎语"),
    "alert": gettext_lazy("提醒"),
}


def state_words(touch: Touch) -> tuple[str, str]:
    """Return the label and the color of a touch's state."""
    label, tone = STATES[touch.state]
    if touch.lane == Touch.Lane.TASK and touch.state in _DONE_BY_STAFF:
        label = _DONE_BY_STAFF[State(touch.state)]
    return str(label), tone


def state_label(state: str) -> str:
    """Return the label of a state."""
    label, _tone = STATES.get(state, (state, ""))
    return str(label)


def origin_words(touch: Touch, journeys: Mapping[int, str]) -> str:
    """Say what planned a touch; a journey by its name."""
    number = touch.origin_id
    if touch.origin_kind == "journey" and number.isdigit() and int(number) in journeys:
        return journeys[int(number)]
    label = _ORIGINS.get(touch.origin_kind)
    return str(label) if label else touch.origin_kind


def reason_of(touch: Touch) -> str:
    """Say why a touch stands as it does, where that is not plain from its state."""
    if touch.withdrawn_at is not None and touch.state == State.DISPATCHED:
        return _("已要求撤回：{reason}").format(reason=reason_words(touch.reason))
    return reason_words(touch.reason)
