"""The corp tags (企业标签) of the demo company, by group."""

import hashlib
from functools import cache

TAG_GROUPS = {
    "宠物": ["猫", "狗", "猫狗双全"],
    "宠物阶段": ["幼宠", "成年", "老年"],
    "养护需求": ["敏感肠胃", "挑食", "泪痕", "毛发护理", "体重管理", "绝育后", "驱虫"],
    "来源渠道": ["包裹卡", "门店", "老带新", "视频号", "公众号小程序", "广告", "线下活动"],
    "购买阶段": ["潜在", "首购", "复购", "高频", "沉睡"],
    "客户分层": ["S", "A", "B", "C"],
    "会员等级": ["普通会员", "年卡会员"],
    "活动": ["6.18 买家", "双 11 买家", "亚宠展", "邀请有礼", "试吃"],
    "服务": ["需求卡已填", "爱问问题", "养宠达人", "已加群"],
    "客户类型": ["宠物医院", "宠物门店"],
    "客户角色": ["决策人", "使用人", "采购"],
}

CHANNEL_TAG = {
    "parcel": "包裹卡",
    "store": "门店",
    "invite": "老带新",
    "live": "视频号",
    "official": "公众号小程序",
    "ads": "广告",
    "event": "线下活动",
}


def _id(name: str) -> str:
    return "etTR" + hashlib.sha256(f"demo-tag:{name}".encode()).hexdigest()[:28]


@cache
def group_id(group: str) -> str:
    """Return the id of a tag group."""
    return _id(group)


@cache
def tag_id(group: str, name: str) -> str:
    """Return the id of a tag.

    Raises:
        KeyError: the group has no such tag.
    """
    if name not in TAG_GROUPS[group]:
        raise KeyError(name)
    return _id(f"{group}/{name}")
