"""Events in the words people read (行为文案): the timeline, alerts and the home page share them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.selectors.channel_codes import code_names
from common.money import yuan
from customers.events import FriendAdded
from customers.models import Profile


@dataclass(frozen=True, slots=True)
class Words:
    """One event as it is shown; `icon` and `tone` name a picture and a color of the interface."""

    title: str
    detail: str = ""
    icon: str = "circle-dot"
    tone: str = "plain"


Payload = Mapping[str, Any]


def event_words(
    event_type: str, payload: Payload, channels: Mapping[str, str] | None = None
) -> Words:
    """Put an event into words; a type that is not yet known shows its name.

    Args:
        event_type: One of `customers.events`.
        payload: What it carries.
        channels: The names of channel codes by their mark, from `channels_of`.
    """
    if event_type == FriendAdded.type:
        return _friend_added(payload, channels or {})
    writer = _WRITERS.get(event_type)
    return writer(payload) if writer else Words(event_type)


def channels_of(payloads: Iterable[Payload]) -> dict[str, str]:
    """Return the names of the channel codes that events speak of; no query where none does."""
    return code_names(str(payload["state"]) for payload in payloads if payload.get("state"))


def _friend_added(payload: Payload, channels: Mapping[str, str]) -> Words:
    state = str(payload.get("state") or "")
    detail = _("渠道 {name}").format(name=channels.get(state, state)) if state else ""
    return Words(_("添加为好友"), detail, "user-plus", "brand")


def _half_added(payload: Payload) -> Words:
    return Words(_("扫码添加，待员工通过"), icon="user-plus", tone="warn")


def _edited(payload: Payload) -> Words:
    return Words(_("员工修改了客户资料"), icon="pencil")


def _removed_by_staff(payload: Payload) -> Words:
    detail = _("已交接给其他员工") if payload.get("transferred") else ""
    return Words(_("员工删除客户"), detail, "user-minus", "bad")


def _removed_by_customer(payload: Payload) -> Words:
    return Words(_("客户删除员工"), icon="user-minus", tone="bad")


def _transfer_failed(payload: Payload) -> Words:
    return Words(_("继承失败"), str(payload.get("reason", "")), "user-minus", "warn")


def _archive_agreed(payload: Payload) -> Words:
    return Words(_("同意会话存档"), icon="check", tone="ok")


def _chat_started(payload: Payload) -> Words:
    return Words(_("通过获客链接发来第一条消息"), icon="message-circle", tone="brand")


def _group_joined(payload: Payload) -> Words:
    return Words(_("加入客户群"), str(payload.get("name", "")), "users", "brand")


def _group_left(payload: Payload) -> Words:
    return Words(_("退出客户群"), str(payload.get("name", "")), "users", "bad")


def _messaged(payload: Payload) -> Words:
    return Words(_("发来消息"), icon="message-circle", tone="brand")


def _link_opened(payload: Payload) -> Words:
    return Words(_("打开《{title}》").format(title=payload["title"]), icon="book-open", tone="cyan")


def _link_dwelled(payload: Payload) -> Words:
    words = _("累计 {seconds} 秒 · 读到 {depth}%")
    return Words(
        _("阅读《{title}》").format(title=payload["title"]),
        words.format(seconds=payload["total_seconds"], depth=payload["depth_percent"]),
        "book-open",
        "cyan",
    )


def _link_completed(payload: Payload) -> Words:
    return Words(
        _("读完《{title}》").format(title=payload["title"]),
        _("累计 {seconds} 秒").format(seconds=payload["total_seconds"]),
        "book-open",
        "ok",
    )


def _order_paid(payload: Payload) -> Words:
    amount = yuan(payload["amount_fen"])
    kinds = {
        "trial": _("试用装 {amount}"),
        "gift": _("赠品 {amount}"),
        "replacement": _("补发 {amount}"),
    }
    title = kinds.get(payload["kind"], _("下单 {amount}")).format(amount=amount)
    return Words(title, str(payload.get("title", "")), "shopping-bag", "ok")


def _order_refunded(payload: Payload) -> Words:
    return Words(
        _("退款 {amount}").format(amount=yuan(payload["amount_fen"])),
        icon="shopping-bag",
        tone="bad",
    )


def _touch_sent(payload: Payload) -> Words:
    lanes = {
        "W": _("欢迎语已送达"),
        "M": _("群发已送达"),
        "T": _("任务已交给员工"),
        "G": _("群消息已送达"),
        "P": _("朋友圈已发表"),
    }
    title = lanes.get(payload["lane"], _("触达已送达"))
    return Words(title, payload["title"], "send", "violet")


def _task_done(payload: Payload) -> Words:
    return Words(_("员工完成任务"), payload["title"], "check", "ok")


def _task_postponed(payload: Payload) -> Words:
    reason = payload.get("reason")
    detail = f"{payload['title']} · {reason}" if reason else payload["title"]
    return Words(_("员工稍后处理"), detail, "clock", "warn")


def _staff_marked(payload: Payload) -> Words:
    marks = {
        "replied": Words(_("员工标记：已回复"), icon="message-circle", tone="ok"),
        "interested": Words(_("员工标记：有意向"), icon="trending-up", tone="brand"),
        "resolved": Words(_("员工标记：已解决"), icon="check", tone="ok"),
        "complained": Words(_("员工标记：投诉"), icon="message-circle", tone="bad"),
    }
    return marks.get(payload["mark"], Words(_("员工标记"), str(payload["mark"]), "check"))


def _staff_sent(payload: Payload) -> Words:
    kinds = {
        "task": _("员工发送任务话术"),
        "script": _("员工发送话术"),
        "material": _("员工发送素材"),
        "suggestion": _("员工采用建议话术"),
    }
    return Words(kinds.get(payload["kind"], _("员工发送")), payload["title"], "send", "brand")


def _referred(payload: Payload) -> Words:
    return Words(_("由老客户带来"), str(payload.get("campaign", "")), "users", "violet")


def _note(payload: Payload) -> Words:
    title = _("{author} 写了跟进记录").format(author=payload["author"])
    return Words(title, payload["text"], "pencil-line", "warn")


def _reported(payload: Payload) -> Words:
    return Words(payload["title"], payload["detail"], "activity", "cyan")


def _merged(payload: Payload) -> Words:
    rules = {"same_unionid": _("微信 unionid 相同"), "told_by_api": _("其他系统告知")}
    rule = rules.get(payload.get("rule", ""), "")
    return Words(_("与另一份客户档案合并"), rule, "users", "violet")


def _stage_changed(payload: Payload) -> Words:
    stages = dict(Profile.Stage.choices)
    before = stages.get(payload["from_stage"], payload["from_stage"])
    after = stages.get(payload["to_stage"], payload["to_stage"])
    return Words(f"{_('生命周期')} {before} → {after}", icon="trending-up", tone="violet")


_WRITERS: Final[Mapping[str, Callable[[Payload], Words]]] = {
    "friend_half_added": _half_added,
    "friend_edited": _edited,
    "friend_removed_by_staff": _removed_by_staff,
    "friend_removed_by_customer": _removed_by_customer,
    "transfer_failed": _transfer_failed,
    "archive_agreed": _archive_agreed,
    "acquisition_chat_started": _chat_started,
    "group_joined": _group_joined,
    "group_left": _group_left,
    "customer_messaged": _messaged,
    "link_opened": _link_opened,
    "link_dwelled": _link_dwelled,
    "link_completed": _link_completed,
    "order_paid": _order_paid,
    "order_refunded": _order_refunded,
    "touch_sent": _touch_sent,
    "staff_task_done": _task_done,
    "staff_task_postponed": _task_postponed,
    "staff_marked": _staff_marked,
    "staff_sent": _staff_sent,
    "customer_referred": _referred,
    "note_written": _note,
    "behavior_reported": _reported,
    "customers_merged": _merged,
    "stage_changed": _stage_changed,
}
