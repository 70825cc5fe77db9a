"""Programs in words (旅程文案): conditions and steps as operators read them. Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from customers.events import MARKS
from sop.program.conditions import (
    Condition,
    EventSpec,
    EventTest,
    Every,
    FieldTest,
    Negation,
    Some,
    TagTest,
)
from sop.program.steps import (
    Await,
    Contact,
    Decide,
    Experiment,
    Leave,
    Notify,
    Pause,
    Reentry,
    Retag,
    SlotWait,
    Step,
    TimeWait,
)

FIELD_WORDS: Final[Mapping[str, str]] = {
    "stage": "生命周期",
    "relation": "好友关系",
    "purchase": "购买阶段",
    "membership_level": "会员等级",
    "is_advocate": "裂变客户",
    "event_count": "行为数",
    "open_count": "打开素材次数",
    "complete_count": "读完次数",
    "read_seconds": "阅读秒数",
    "message_count": "来信数",
    "order_count": "正装订单数",
    "order_amount_fen": "净消费",
    "group_count": "所在群数",
    "days_since_first_add": "距首次添加天数",
    "days_since_last_add": "距最近添加天数",
    "days_since_last_open": "距最近打开天数",
    "days_since_first_order": "距首次下单天数",
    "days_since_last_order": "距最近下单天数",
    "days_since_active": "距最近活跃天数",
}
_STAGES: Final = {
    "potential": "潜在",
    "first": "首购",
    "repurchase": "复购",
    "member": "会员",
    "advocate": "裂变",
    "lost": "流失",
}
VALUE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "stage": _STAGES,
    "purchase": {name: _STAGES[name] for name in ("potential", "first", "repurchase")},
    "relation": {"none": "未建立", "friend": "好友", "lost": "已流失"},
    "purpose": {
        "knowledge": "干货",
        "service": "服务",
        "care": "关怀",
        "activity": "活动",
        "promotion": "促销",
    },
    "lane": {"W": "欢迎语", "M": "企业群发", "T": "员工任务", "G": "群任务", "P": "朋友圈"},
    "kind": {"regular": "正装", "trial": "试用", "gift": "赠品", "replacement": "补发"},
    "mark": MARKS,
}
EVENT_WORDS: Final[Mapping[str, str]] = {
    "friend_added": "添加好友",
    "friend_half_added": "单向添加",
    "friend_edited": "资料修改",
    "friend_removed_by_staff": "员工删除客户",
    "friend_removed_by_customer": "客户删除员工",
    "transfer_failed": "继承失败",
    "archive_agreed": "同意会话存档",
    "acquisition_chat_started": "获客链接开口",
    "group_joined": "入群",
    "group_left": "退群",
    "customer_messaged": "客户来信",
    "link_opened": "打开素材",
    "link_dwelled": "阅读停留",
    "link_completed": "读完素材",
    "order_paid": "下单付款",
    "order_refunded": "退款",
    "touch_sent": "触达送达",
    "staff_task_done": "员工完成任务",
    "staff_task_postponed": "员工稍后处理",
    "staff_marked": "员工标记",
    "staff_sent": "员工发送",
    "customer_referred": "由老客户带来",
    "note_written": "跟进记录",
    "customers_merged": "客户合并",
    "stage_changed": "阶段变化",
}
PAYLOAD_WORDS: Final[Mapping[str, str]] = {
    "purpose": "目的",
    "kind": "类型",
    "mark": "标记",
    "state": "渠道参数",
    "title": "标题",
    "material_id": "素材",
    "order_no": "订单号",
    "amount_fen": "金额",
    "shop": "店铺",
    "sku": "商品编码",
    "total_seconds": "累计秒数",
    "depth_percent": "阅读深度",
    "seconds": "本次秒数",
    "is_high_intent": "产品/价格内容",
    "link_code": "链接",
    "add_way": "添加方式",
    "transferred": "因继承",
    "reason": "原因",
    "link_id": "获客链接",
    "chat_id": "客户群",
    "name": "群名",
    "join_scene": "入群方式",
    "text_length": "字数",
    "quantity": "件数",
    "lane": "通道",
    "campaign": "活动",
    "rule": "合并规则",
    "mark": "标记",
    "from_stage": "从",
    "to_stage": "到",
}
_OPERATORS: Final[Mapping[str, str]] = {
    "=": "=",
    "!=": "≠",
    ">": ">",
    ">=": "≥",
    "<": "<",
    "<=": "≤",
    "in": "属于",
}
_LANES: Final[Mapping[str, str]] = {"M": "企业群发", "T": "员工任务"}
_WEEKDAYS: Final = "一二三四五六日"
_UNITS: Final = ((86_400, "天"), (3_600, "小时"), (60, "分钟"), (1, "秒"))
KINDS: Final[Mapping[type, str]] = {
    Pause: "等待",
    SlotWait: "等待",
    TimeWait: "等待",
    Await: "等待条件",
    Decide: "判断",
    Experiment: "实验",
    Contact: "触达",
    Retag: "打标签",
    Notify: "内部提醒",
    Leave: "结束",
}


def event_words(event_type: str) -> str:
    """Return what a type of event is called; one that is not known shows its name."""
    return EVENT_WORDS.get(event_type, event_type)


def value_words(name: str, value: Any) -> str:
    """Return a value of a field as people read it."""
    if isinstance(value, tuple | list):
        return "、".join(value_words(name, item) for item in value)
    if value is None or value == "":
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if name.endswith("_fen") and isinstance(value, int):
        return f"¥{value / 100:,.2f}"
    return VALUE_WORDS.get(name.removeprefix("from_").removeprefix("to_"), {}).get(
        str(value), str(value)
    )


def compared(name: str, op: str, value: Any) -> str:
    """Return a comparison of a field of the profile or of an event with a value."""
    label = FIELD_WORDS.get(name) or PAYLOAD_WORDS.get(name, name)
    return f"{label} {_OPERATORS[op]} {value_words(name, value)}"


def spec_words(spec: EventSpec) -> str:
    """Return which events count: 近 7 天「打开素材」(目的 = 促销)."""
    parts = [compared(name, op, value) for name, (op, value) in spec.where]
    where = f"（{'，'.join(parts)}）" if parts else ""
    since = {None: "", 0: "进入以来"}.get(spec.since_seconds)
    if since is None:
        since = f"近 {span_words(spec.since_seconds or 0)}"
    return f"{since}「{event_words(spec.type)}」{where}"


def condition_words(condition: Condition | None) -> str:
    """Return a condition as one sentence."""
    match condition:
        case None:
            return "无条件"
        case Every(parts):
            return "且".join(_bracketed(part) for part in parts)
        case Some(parts):
            return "或".join(_bracketed(part) for part in parts)
        case Negation(part):
            return f"非{_bracketed(part)}"
        case _:
            return leaf_words(condition)


@lru_cache(maxsize=4_096)
def leaf_words(test: FieldTest | TagTest | EventTest) -> str:
    """Return one test as a sentence; kept, for the executor logs what decided."""
    match test:
        case FieldTest(field, op, value):
            return compared(field, op, value)
        case TagTest(tag):
            return f"有标签「{tag}」"
        case EventTest(spec, count):
            return f"{spec_words(spec)}至少 {count} 次"


def reentry_words(rule: Reentry) -> str:
    """Return who may come in again."""
    return {
        "once": "每位客户只进入一次",
        "after_exit": f"结束 {rule.gap_hours} 小时后可再次进入",
        "window": f"{rule.days} 天内最多进入 {rule.count} 次",
        "keyed": f"每个{PAYLOAD_WORDS.get(rule.key, rule.key)}进入一次",
    }[rule.policy]


def step_title(step: Step) -> str:
    """Return what a step is called: its label, or else what it does."""
    return step.label or step_words(step)


def step_words(step: Step) -> str:
    """Return what a step does."""
    match step:
        case Pause() | SlotWait() | TimeWait() | Await():
            return wait_words(step)
        case Contact():
            purpose = VALUE_WORDS["purpose"][step.purpose]
            return f"{_LANES[step.lane]}·{purpose}《{step.title}》"
        case Retag():
            signed = [f"+{tag}" for tag in step.add] + [f"−{tag}" for tag in step.remove]
            return f"打标签 {' '.join(signed)}"
        case Notify():
            return f"提醒{'组长' if step.to == 'lead' else '员工'}《{step.title}》"
        case Leave():
            return f"结束：{step.reason}"
        case Decide() | Experiment():
            return f"{KINDS[type(step)]}（{'、'.join(arm.label for arm in step.arms)}）"


def wait_words(step: Pause | SlotWait | TimeWait | Await) -> str:
    """Return what a step waits for."""
    match step:
        case Pause(seconds=seconds):
            return f"等待 {span_words(seconds)}"
        case SlotWait(day=day, slot=slot):
            return f"等到第 {day} 天第 {slot + 1} 时段"
        case TimeWait(minute_of_day=minute, weekdays=days):
            on = f"周{'、'.join(_WEEKDAYS[day - 1] for day in days)} " if days else ""
            return f"等到{on}{minute // 60:02d}:{minute % 60:02d}"
        case Await(spec=spec, condition=condition, timeout_seconds=seconds):
            what = spec_words(spec) if spec is not None else condition_words(condition)
            return f"等{what}，最多 {span_words(seconds)}"


def span_words(seconds: int) -> str:
    """Return a span of time: 1 天 2 小时."""
    parts: list[str] = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0 秒"


def _bracketed(condition: Condition) -> str:
    words = condition_words(condition)
    return f"（{words}）" if isinstance(condition, Every | Some) else words
