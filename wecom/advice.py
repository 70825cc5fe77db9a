"""WeCom's errors in words (错误说明): what happened and what somebody can do, by errcode.

The classes in `wecom.errors` decide what the program does, this what people read on pages.
"""

import re
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wecom.errors import Ambiguous, NotSent, RateLimited, WeComError

_CODE: Final = re.compile(r"\[(-?\d+)\]")


@dataclass(frozen=True, slots=True)
class Advice:
    """One problem in two sentences, with the code that support asks for."""

    problem: str
    remedy: str
    errcode: int | None = None


_WORDS: Final[dict[tuple[int, ...], tuple[Promise, Promise]]] = {
    (40001, 40091, 41004): (
        gettext_lazy("应用密钥(Secret)不对"),
        gettext_lazy("到企业微信后台的应用详情页重新复制 Secret，粘贴到这里保存。"),
    ),
    (40013, 41002): (
        gettext_lazy("企业 ID 不对"),
        gettext_lazy("到企业微信后台「我的企业」页底部复制企业 ID，和这里核对。"),
    ),
    (40056,): (
        gettext_lazy("应用 ID(AgentId)不对"),
        gettext_lazy("到应用详情页核对 AgentId。"),
    ),
    (60020,): (
        gettext_lazy("服务器的 IP 不在企业可信 IP 里"),
        gettext_lazy("在应用详情页的「企业可信IP」里加上本服务器的出口 IP，约一分钟后再测。"),
    ),
    (48002, 48001, 84074): (
        gettext_lazy("这个应用没有客户联系的接口权限"),
        gettext_lazy("在「客户联系 → 客户 → API → 可调用接口的应用」里勾选这个应用。"),
    ),
    (48006,): (
        gettext_lazy("应用长期未使用，接口权限已被收回"),
        gettext_lazy("请企业微信管理员在后台重新开启这个应用的客户联系权限。"),
    ),
    (48009,): (
        gettext_lazy("通讯录同步密钥不能从新的 IP 读取成员"),
        gettext_lazy("读成员请用自建应用的密钥；通讯录同步只用来接收变更通知。"),
    ),
    (48011,): (
        gettext_lazy("成员活跃度太低，企业微信暂停了这项权限"),
        gettext_lazy("请成员登录并使用企业微信，恢复后权限会自动回来。"),
    ),
    (60031,): (
        gettext_lazy("应用被企业微信停止调用接口"),
        gettext_lazy("请管理员查看企业微信后台的通知，处理后再试。"),
    ),
    (50001, 85005): (
        gettext_lazy("可信域名没有设置或没有校验"),
        gettext_lazy("在应用详情页设置可信域名，并按提示上传校验文件。"),
    ),
    (50003, 50006): (
        gettext_lazy("应用已被停用"),
        gettext_lazy("请管理员在企业微信后台启用这个应用。"),
    ),
    (301007,): (
        gettext_lazy("企业已解散或被封禁"),
        gettext_lazy("请联系企业微信客服。"),
    ),
    (60011, 60111, 46004, 50002, 60021): (
        gettext_lazy("有成员不在应用的可见范围里，或已经离职"),
        gettext_lazy("把成员加进应用的可见范围，或从活码里换掉这位成员。"),
    ),
    (41054,): (
        gettext_lazy("有成员还没有激活企业微信"),
        gettext_lazy("请这位成员先登录企业微信，或从活码里换掉。"),
    ),
    (40098,): (
        gettext_lazy("有成员没有完成实名认证"),
        gettext_lazy("请这位成员在企业微信里完成实名认证。"),
    ),
    (41041,): (
        gettext_lazy("活码里的成员超过 100 人"),
        gettext_lazy("拆成几个活码，每个不超过 100 人。"),
    ),
    (41045,): (
        gettext_lazy("企业的活码数量已到上限(50 万)"),
        gettext_lazy("停用不再需要的活码，它们会被回收。"),
    ),
    (41043, 41044): (
        gettext_lazy("企业微信里已经没有这个活码"),
        gettext_lazy("可能被别的程序删除了。停用后重新启用，会生成一张新的二维码。"),
    ),
    (40126,): (
        gettext_lazy("企业标签数量已到上限"),
        gettext_lazy("删除不用的标签后再试。"),
    ),
    (45009, 45033): (
        gettext_lazy("调用太频繁，企业微信暂时不接受"),
        gettext_lazy("不用处理，稍后会自动再试。"),
    ),
    (6000, 45035): (
        gettext_lazy("同一份数据正在被修改"),
        gettext_lazy("不用处理，稍后会自动再试。"),
    ),
    (40014, 42001): (
        gettext_lazy("凭证已失效"),
        gettext_lazy("不用处理，下一次调用会自动换新的凭证。"),
    ),
}
_BY_CODE: Final = {code: words for codes, words in _WORDS.items() for code in codes}


def advice_for(errcode: int | None) -> Advice:
    """Return what to tell people about an errcode; None means that no answer with a code came."""
    if errcode is None:
        return Advice(
            _("企业微信没有应答"),
            _("检查服务器能否访问 qyapi.weixin.qq.com；稍后会自动再试。"),
        )
    known = _BY_CODE.get(errcode)
    if known is None:
        return Advice(
            _("企业微信返回错误 {code}").format(code=errcode),
            _("在企业微信开发者中心的「全局错误码」里查看它的含义。"),
            errcode,
        )
    return Advice(str(known[0]), str(known[1]), errcode)


def advice_of(error: WeComError) -> Advice:
    """Return what to tell people about an error that was raised."""
    if error.errcode is None and isinstance(error, RateLimited):
        return advice_for(45009)
    if error.errcode is None and not isinstance(error, Ambiguous | NotSent):
        return Advice(_("没有完成"), error.message)
    return advice_for(error.errcode)


def advice_of_text(text: str) -> Advice:
    """Return what to tell people about an error that was kept as `str(error)`."""
    found = _CODE.search(text)
    return advice_for(int(found[1]) if found else None)
