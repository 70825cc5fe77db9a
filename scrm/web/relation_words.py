"""How relations came about, in words (添加方式, 来源)."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# WeCom's numbers, wecom-api §6.3; unknown ones are possible.
_ADD_WAYS: Final[dict[int, str | Promise]] = {
    1: gettext_lazy("扫描二维码"),
    2: gettext_lazy("搜索手机号"),
    3: gettext_lazy("名片分享"),
    4: gettext_lazy("群聊"),
    5: gettext_lazy("手机通讯录"),
    6: gettext_lazy("微信联系人"),
    8: gettext_lazy("第三方应用的客服"),
    9: gettext_lazy("搜索邮箱"),
    10: gettext_lazy("视频号主页"),
    11: gettext_lazy("日程参与人"),
    12: gettext_lazy("会议参与人"),
    13: gettext_lazy("微信好友的企业微信"),
    14: gettext_lazy("智慧硬件客服"),
    15: gettext_lazy("上门服务客服"),
    16: gettext_lazy("获客链接"),
    17: gettext_lazy("定制开发"),
    18: gettext_lazy("需求回复"),
    21: gettext_lazy("第三方售前客服"),
    22: gettext_lazy("可能的商务伙伴"),
    24: gettext_lazy("接受微信好友申请"),
    201: gettext_lazy("内部成员共享"),
    202: gettext_lazy("管理员分配"),
}
_SOURCES: Final[dict[str, str | Promise]] = {
    "callback": gettext_lazy("企业微信回调"),
    "refresh": gettext_lazy("企业微信核对"),
    "sync": gettext_lazy("企业微信同步"),
    "wecom": gettext_lazy("企业微信"),
    "link": gettext_lazy("素材雷达"),
    "import": gettext_lazy("导入"),
    "api": gettext_lazy("开放接口"),
    "journey": gettext_lazy("旅程"),
    "channel_code": gettext_lazy("渠道活码"),
    "bulk": gettext_lazy("批量打标"),
    "console": gettext_lazy("控制台"),
    "sidebar": gettext_lazy("侧边栏"),
    "derived": gettext_lazy("系统推导"),
}


def add_way_words(number: int) -> str:
    """Say how somebody was added; a number that is not known yet says so."""
    if not number:
        return ""
    return str(_ADD_WAYS.get(number) or _("其他方式（{number}）").format(number=number))


def source_words(source: str) -> str:
    """Say where a fact came from."""
    return str(_SOURCES.get(source, source))
