"""What fields, values and events are called (旅程词汇): Chinese, marked for translation.

What reads them says them in the reader's language.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop

from customers.events import MARKS
from sop.program.steps import (
    Await,
    Contact,
    Decide,
    Experiment,
    Leave,
    Notify,
    Pause,
    Retag,
    SlotWait,
    TimeWait,
)

FIELD_WORDS: Final[Mapping[str, str]] = {
    "stage": gettext_noop("生命周期"),
    "relation": gettext_noop("好友关系"),
    "purchase": gettext_noop("购买阶段"),
    "membership_level": gettext_noop("会员等级"),
    "is_advocate": gettext_noop("裂变客户"),
    "event_count": gettext_noop("行为数"),
    "open_count": gettext_noop("打开素材次数"),
    "complete_count": gettext_noop("读完次数"),
    "read_seconds": gettext_noop("阅读秒数"),
    "message_count": gettext_noop("来信数"),
    "order_count": gettext_noop("正装订单数"),
    "order_amount_fen": gettext_noop("净消费"),
    "group_count": gettext_noop("所在群数"),
    "days_since_first_add": gettext_noop("距首次添加天数"),
    "days_since_last_add": gettext_noop("距最近添加天数"),
    "days_since_last_open": gettext_noop("距最近打开天数"),
    "days_since_first_order": gettext_noop("距首次下单天数"),
    "days_since_last_order": gettext_noop("距最近下单天数"),
    "days_since_active": gettext_noop("距最近活跃天数"),
}
_STAGES: Final = {
    "potential": gettext_noop("潜在"),
    "first": gettext_noop("首购"),
    "repurchase": gettext_noop("复购"),
    "member": gettext_noop("会员"),
    "advocate": gettext_noop("裂变"),
    "lost": gettext_noop("流失"),
}
VALUE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "stage": _STAGES,
    "purchase": {name: _STAGES[name] for name in ("potential", "first", "repurchase")},
    "relation": {
        "none": gettext_noop("未建立"),
        "friend": gettext_noop("好友"),
        "lost": gettext_noop("已流失"),
    },
    "purpose": {
        "knowledge": gettext_noop("干货"),
        "service": gettext_noop("服务"),
        "care": gettext_noop("关怀"),
        "activity": gettext_noop("活动"),
        "promotion": gettext_noop("促销"),
    },
    "lane": {
        "W": gettext_noop("欢迎语"),
        "M": gettext_noop("企业群发"),
        "T": gettext_noop("员工任务"),
        "G": gettext_noop("群任务"),
        "P": gettext_noop("朋友圈"),
    },
    "kind": {
        "regular": gettext_noop("正装"),
        "trial": gettext_noop("试用"),
        "gift": gettext_noop("赠品"),
        "replacement": gettext_noop("补发"),
    },
    "mark": MARKS,
}
EVENT_WORDS: Final[Mapping[str, str]] = {
    "friend_added": gettext_noop("添加好友"),
    "friend_half_added": gettext_noop("单向添加"),
    "friend_edited": gettext_noop("资料修改"),
    "friend_removed_by_staff": gettext_noop("员工删除客户"),
    "friend_removed_by_customer": gettext_noop("客户删除员工"),
    "transfer_failed": gettext_noop("继承失败"),
    "archive_agreed": gettext_noop("同意会话存档"),
    "acquisition_chat_started": gettext_noop("获客链接开口"),
    "group_joined": gettext_noop("入群"),
    "group_left": gettext_noop("退群"),
    "customer_messaged": gettext_noop("客户来信"),
    "link_opened": gettext_noop("打开素材"),
    "link_dwelled": gettext_noop("阅读停留"),
    "link_completed": gettext_noop("读完素材"),
    "order_paid": gettext_noop("下单付款"),
    "order_refunded": gettext_noop("退款"),
    "touch_sent": gettext_noop("触达送达"),
    "staff_task_done": gettext_noop("员工完成任务"),
    "staff_task_postponed": gettext_noop("员工稍后处理"),
    "staff_marked": gettext_noop("员工标记"),
    "staff_sent": gettext_noop("员工发送"),
    "customer_referred": gettext_noop("由老客户带来"),
    "note_written": gettext_noop("跟进记录"),
    "customers_merged": gettext_noop("客户合并"),
    "stage_changed": gettext_noop("阶段变化"),
}
PAYLOAD_WORDS: Final[Mapping[str, str]] = {
    "purpose": gettext_noop("目的"),
    "kind": gettext_noop("类型"),
    "mark": gettext_noop("标记"),
    "state": gettext_noop("渠道参数"),
    "title": gettext_noop("标题"),
    "material_id": gettext_noop("素材"),
    "order_no": gettext_noop("订单号"),
    "amount_fen": gettext_noop("金额"),
    "shop": gettext_noop("店铺"),
    "sku": gettext_noop("商品编码"),
    "total_seconds": gettext_noop("累计秒数"),
    "depth_percent": gettext_noop("阅读深度"),
    "seconds": gettext_noop("本次秒数"),
    "is_high_intent": gettext_noop("产品/价格内容"),
    "link_code": gettext_noop("链接"),
    "add_way": gettext_noop("添加方式"),
    "transferred": gettext_noop("因继承"),
    "reason": gettext_noop("原因"),
    "link_id": gettext_noop("获客链接"),
    "chat_id": gettext_noop("客户群"),
    "name": gettext_noop("群名"),
    "join_scene": gettext_noop("入群方式"),
    "text_length": gettext_noop("字数"),
    "quantity": gettext_noop("件数"),
    "lane": gettext_noop("通道"),
    "campaign": gettext_noop("活动"),
    "rule": gettext_noop("合并规则"),
    "from_stage": gettext_noop("从"),
    "to_stage": gettext_noop("到"),
}
OPERATORS: Final[Mapping[str, str]] = {
    "=": "=",
    "!=": "≠",
    ">": ">",
    ">=": "≥",
    "<": "<",
    "<=": "≤",
    "in": gettext_noop("属于"),
}
LANES: Final[Mapping[str, str]] = {"M": gettext_noop("企业群发"), "T": gettext_noop("员工任务")}
WEEKDAYS: Final = (
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
)
KINDS: Final[Mapping[type, str]] = {
    Pause: gettext_noop("等待"),
    SlotWait: gettext_noop("等待"),
    TimeWait: gettext_noop("等待"),
    Await: gettext_noop("等待条件"),
    Decide: gettext_noop("判断"),
    Experiment: gettext_noop("实验"),
    Contact: gettext_noop("触达"),
    Retag: gettext_noop("打标签"),
    Notify: gettext_noop("内部提醒"),
    Leave: gettext_noop("结束"),
}
