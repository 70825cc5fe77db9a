"""What the scripts of the phone pages say (界面文案), in the reader's language."""

from django.utils.translation import gettext as _

Failure = dict[str, str | list[str]]


def script_words() -> dict[str, object]:
    """Return the sentences by name; failures as title, reason and what to try."""
    return {
        "failures": _failures_of_the_client() | _failures_of_ours(),
        "sent": _("已发送，并记入客户动态"),
        "cancelled": _("已取消发送"),
        "not_sent": _("没有发出去，请再试一次"),
        "empty": _("先写一句话再发送"),
        "offline": _("连接中断，正在重新连接…"),
        "online": _("已重新连接"),
        "failed": _("没有成功，请再试一次"),
        "changed": _("已更新"),
        "unnamed": _("未备注"),
        "no_chat": _("请在企业微信里打开，才能进入会话"),
        "just_now": _("刚刚"),
    }


def _failures_of_the_client() -> dict[str, Failure]:
    """What can go wrong before the WeCom client has said whose chat this is."""
    open_chat = _("从与客户的会话里，点右侧或输入框旁的工具栏打开")
    ask_admin = _("仍不行时，把下面的技术详情发给管理员")
    return {
        "outside": {
            "title": _("请在企业微信里打开"),
            "reason": _("侧边栏要知道你正和哪位客户聊天，只有企业微信能告诉它。"),
            "steps": [_("打开企业微信，进入客户会话"), open_chat],
        },
        "old": {
            "title": _("企业微信版本过低"),
            "reason": _("这台设备的企业微信打不开侧边栏。"),
            "steps": [_("升级企业微信后再试")],
        },
        "sdk": {
            "title": _("页面没有加载完整"),
            "reason": _("网络可能中断了，或企业微信版本过低。"),
            "steps": [_("检查网络后重试"), _("升级企业微信"), ask_admin],
        },
        "sign": {
            "title": _("企业微信没有通过校验"),
            "reason": _("应用的可信域名、密钥或成员可见范围可能不对，不是你的操作问题。"),
            "steps": [_("先重试一次"), ask_admin],
        },
        "contact": {
            "title": _("没能识别当前客户"),
            "reason": _("企业微信没有告诉我们你在和谁聊天，可能没有客户联系权限。"),
            "steps": [_("关闭侧边栏，重新打开这个会话"), ask_admin],
        },
        "entry": {
            "title": _("这里看不到客户"),
            "reason": _("侧边栏要从客户会话、客户群或客户资料页打开。"),
            "steps": [open_chat],
        },
    }


def _failures_of_ours() -> dict[str, Failure]:
    """What can go wrong when it has."""
    return {
        "missing": {
            "title": _("没有找到这位客户"),
            "reason": _("对方还不是你的好友，或刚添加、资料还在同步。"),
            "steps": [_("确认已添加为好友"), _("刚添加的客户等几秒再重试")],
        },
        "group": {
            "title": _("没有找到这个群"),
            "reason": _("你不在这个客户群里，或群资料还在同步。"),
            "steps": [_("等几秒再重试")],
        },
        "member": {
            "title": _("登录的不是当前成员"),
            "reason": _("这个页面登录的是另一位同事的账号。"),
            "steps": [_("重新登录")],
        },
        "signin": {
            "title": _("登录已过期"),
            "reason": _("请重新登录后继续。"),
            "steps": [],
        },
        "server": {
            "title": _("服务暂时不可用"),
            "reason": _("服务器没有回答，你的内容没有丢失。"),
            "steps": [_("稍等片刻后重试")],
        },
    }
