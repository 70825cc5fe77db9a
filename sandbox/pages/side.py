"""Around the two phones: simulated time, faults, and the callbacks that went out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from sandbox.callbacks import Delivery
from sandbox.entities import JSONDict
from sandbox.faults import API_MODES, CALLBACK_MODES
from sandbox.pages.icons import icon
from sandbox.pages.markup import Markup, el, join
from sandbox.pages.view import View, args, clock_text, empty

FEED_SIZE = 40
_DAYS = "一二三四五六日"
_STEPS = ((3_600, "+1 小时"), (86_400, "+1 天"), (604_800, "+7 天"))
_PRESETS: tuple[tuple[str, JSONDict], ...] = (
    ("丢失 20%", {"match": "callback", "mode": "drop", "probability": 0.2}),
    ("重复 50%", {"match": "callback", "mode": "duplicate", "probability": 0.5}),
    ("乱序 3s", {"match": "callback", "mode": "reorder", "seconds": 3.0}),
    ("延迟 10s", {"match": "callback", "mode": "delay", "seconds": 10.0}),
    ("繁忙 −1", {"match": "*", "mode": "minus_one", "probability": 0.2}),
    ("限频", {"match": "externalcontact/*", "mode": "rate_45009"}),
    ("502 网页", {"match": "*", "mode": "http_502", "probability": 0.2}),
    ("执行后断开", {"match": "*", "mode": "reset_executed", "probability": 0.2}),
)
_MODE_NAMES = {
    "drop": "丢失", "duplicate": "重复", "reorder": "乱序", "delay": "延迟", "minus_one": "返回 −1",
    "minus_one_executed": "执行后返回 −1", "busy_6000": "返回 6000", "rate_45009": "返回 45009",
    "concurrency_45033": "返回 45033", "http_502": "502 网页", "http_502_executed": "执行后 502",
    "timeout": "超时不执行", "timeout_executed": "执行后超时", "late_execution": "超时后才执行",
    "half_answer": "只答一半", "reset": "断开不执行", "reset_executed": "执行后断开",
    "list_lag": "列表滞后", "short_pages": "分页偏短",
}  # fmt: skip
_EVENTS: Mapping[str, str] = {
    "add_external_contact": "客户添加员工",
    "add_half_external_contact": "客户免验证添加",
    "edit_external_contact": "员工修改备注或标签",
    "del_external_contact": "员工删除客户",
    "del_follow_user": "客户删除员工",
    "transfer_fail": "接替失败",
    "msg_audit_approved": "同意会话存档",
    "create_user": "新增成员",
    "update_user": "更新成员",
    "delete_user": "删除成员",
    "create_party": "新增部门",
    "change_external_chat": "客户群变更",
    "change_external_tag": "标签变更",
    "template_card_event": "点击卡片按钮",
    "create": "创建",
    "update": "变更",
    "delete": "删除",
    "dismiss": "解散群聊",
}
_BETWEEN_ELEMENTS = re.compile(r"(<xml>|</[^>]+>)(?=<)")
_VERDICTS = {"timeout": "5 秒内没有回答", "error:ConnectionRefusedError": "连接被拒绝"}
_STATES = {
    "queued": ("发送中", ""),
    "delivered": ("已送达", "ok"),
    "given_up": ("已放弃", "bad"),
    "dropped": ("被丢弃", "warn"),
    "no_receiver": ("无接收地址", ""),
}


def bar(view: View) -> Markup:
    """Return simulated time and the buttons that advance it."""
    clock = view.sim.world.clock
    now = clock.now()
    day = _DAYS[int((now + 28_800) // 86_400 + 3) % 7]
    ahead = _ahead_text(clock.offset)
    buttons = [
        el(
            "button",
            label,
            class_="button",
            data_do="/_sim/clock/advance",
            data_args=args(seconds=seconds),
        )
        for seconds, label in _STEPS
    ]
    return join(
        [
            icon("clock"),
            el("time", clock_text(now, "%Y-%m-%d %H:%M"), el("span", f"周{day}", class_="faint")),
            el("span", ahead, class_="chip blue") if ahead else None,
            el("span", buttons, class_="joined"),
        ]
    )


def _ahead_text(offset: float) -> str:
    hours = round(offset / 3_600)
    if not hours:
        return ""
    days, rest = divmod(hours, 24)
    return "快进 " + (f"{days} 天" if days else "") + (f" {rest} 小时" if rest else "")


def faults(view: View) -> Markup:
    """Return the faults in force and the buttons that make more."""
    rules = [rule.as_json() for rule in view.sim.faults.rules]
    active = [_rule(rules, number) for number in range(len(rules))]
    presets = [
        el("button", label, class_="tag", **_toggle(rules, preset)) for label, preset in _PRESETS
    ]
    clear = el(
        "button",
        "全部清除",
        class_="button quiet",
        data_do="/_sim/faults",
        data_args=args(rules=[]),
    )
    return join(
        [
            el("header", el("h2", icon("alert"), "故障"), clear if rules else None),
            el("p", "回调", class_="label"),
            el("div", presets[:4], class_="tags"),
            el("p", "接口", class_="label"),
            el("div", presets[4:], class_="tags"),
            el("ul", active, class_="rules") if active else None,
            _custom(rules),
        ]
    )


def _core(rule: JSONDict) -> tuple[str, str]:
    return str(rule["match"]), str(rule["mode"])


def _toggle(rules: list[JSONDict], preset: JSONDict) -> dict[str, str]:
    kept = [rule for rule in rules if _core(rule) != _core(preset)]
    is_on = len(kept) < len(rules)
    wanted = kept if is_on else [*rules, preset]
    return {
        "aria_pressed": "true" if is_on else "false",
        "data_do": "/_sim/faults",
        "data_args": args(rules=wanted),
    }


def _rule(rules: list[JSONDict], number: int) -> Markup:
    rule = rules[number]
    others = rules[:number] + rules[number + 1 :]
    chance = "" if rule["probability"] == 1 else f" · {rule['probability'] * 100:g} %"
    left = "" if rule["times"] < 0 else f" · 还剩 {rule['times']} 次"
    return el(
        "li",
        el("span", el("strong", _MODE_NAMES[rule["mode"]]), el("code", rule["match"])),
        el("span", f"命中 {rule['hits']}{chance}{left}", class_="faint"),
        el("button", "移除", class_="button quiet", data_do="/_sim/faults",
           data_args=args(rules=others)),
    )  # fmt: skip


def _custom(rules: list[JSONDict]) -> Markup:
    options = [
        el("option", f"{where} · {_MODE_NAMES[mode]}", value=mode)
        for where, modes in (("回调", CALLBACK_MODES), ("接口", API_MODES))
        for mode in modes
    ]
    return el(
        "details",
        el("summary", "自定义"),
        el(
            "form",
            el("label", "对象", el("input", name="match", value="callback", required=True,
               placeholder="callback 或 externalcontact/*")),
            el("label", "方式", el("select", options, name="mode")),
            el("label", "概率", el("input", name="probability", type="number", min="0.01", max="1",
               step="0.01", value="1")),
            el("label", "次数", el("input", name="times", type="number", min="-1", value="-1")),
            el("button", "添加", class_="button primary"),
            data_do="/_sim/faults",
            data_args=args(rules=rules),
            data_append="rules",
        ),
        class_="custom",
        data_key="custom-fault",
    )  # fmt: skip


def feed(view: View) -> Markup:
    """Return the callbacks that went out, newest first."""
    sender = view.sim.callbacks
    paused = el(
        "button",
        "继续发送" if sender.paused else "暂停",
        class_="button quiet",
        data_do=f"/_sim/callbacks/{'resume' if sender.paused else 'pause'}",
        data_args="{}",
    )
    rows = [_delivery(view, d) for d in islice(reversed(sender.log), FEED_SIZE)]
    pending = f"待发 {sender.pending}" if sender.pending else ""
    return join(
        [
            el("header", el("h2", icon("bell"), "回调"),
               el("span", pending, class_="faint") if pending else None, paused),
            el("div", rows, class_="feed-list", data_key="feed") if rows
            else empty("还没有回调", "添加好友、打标签、删除，都会发出加密回调"),
        ]
    )  # fmt: skip


def _delivery(view: View, delivery: Delivery) -> Markup:
    state, tone = _STATES.get(delivery.state, (delivery.state, ""))
    change = delivery.change_type or delivery.event
    name, shown = _EVENTS.get(change, change), change
    if delivery.event in {"change_external_chat", "change_external_tag"}:
        name, shown = f"{_EVENTS[delivery.event]} · {name}", f"{delivery.event}/{change}"
    tried = len(delivery.tries)
    return el(
        "details",
        el(
            "summary",
            el(
                "span",
                el("strong", name),
                el("span", f"{shown} → {delivery.app.slug}", class_="faint"),
            ),
            el("span", f"第 {tried} 次" if tried > 1 else "", class_="faint"),
            el("span", state, class_=f"chip {tone}".rstrip()),
        ),
        el("p", delivery.url or "未配置接收地址", class_="faint"),
        [
            el("p", f"第 {number} 次：{_verdict(str(one['verdict']))}", class_="faint")
            for number, one in enumerate(delivery.tries, 1)
        ],
        el("pre", _BETWEEN_ELEMENTS.sub(r"\1\n", delivery.plain)),
        data_key=f"delivery-{delivery.id}",
    )


def _verdict(verdict: str) -> str:
    if verdict.isdigit():
        return f"HTTP {verdict}"
    return _VERDICTS.get(verdict, verdict)
