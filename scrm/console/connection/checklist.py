"""What must be so before a real corp works (连接清单), wecom-api §33: checked where we can tell.

Each point has a sentence that says where in WeCom's console it is done. `auto` points are judged
from what the self-test and the callbacks showed; people tick the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from org.models import ConnectionProbe, ConnectionTick
from wecom.api.checks import CONTACTS, CUSTOMERS, SECRET, TICKET
from wecom.models import App
from wecom.selectors.callbacks import CallbackTimes

IP_NOT_TRUSTED: Final = 60020


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the app that the checklist is about."""

    app: App | None
    probes: Mapping[str, ConnectionProbe]
    times: CallbackTimes
    public_url: str
    welcomed_count: int

    def passed(self, step: str) -> bool | None:
        """Say whether a step of the self-test went well; None before it was tried."""
        probe = self.probes.get(step)
        return None if probe is None else probe.is_ok


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the list; `judge` says yes, no, or None: cannot be told (yet)."""

    key: str
    title: str | Promise
    how: str | Promise
    judge: Callable[[Seen], bool | None] | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A point as the page shows it."""

    point: Point
    is_auto: bool
    is_done: bool
    is_failed: bool
    tick: ConnectionTick | None


def _ip_is_trusted(seen: Seen) -> bool | None:
    if not seen.probes:
        return None
    return all(probe.errcode != IP_NOT_TRUSTED for probe in seen.probes.values())


def _is_verified(seen: Seen) -> bool | None:
    if seen.app is None:
        return None
    return seen.app.callback_verified_at is not None or seen.times.any_at is not None or None


POINTS: Final[tuple[Point, ...]] = (
    Point(
        "verified",
        _("企业已完成认证"),
        _("企业微信后台「我的企业」里能看到认证状态；没有认证的企业客户数有上限。"),
    ),
    Point(
        "secret",
        _("密钥正确"),
        _("应用详情页的 Secret 粘贴到本页，点「测试连接」。"),
        lambda seen: seen.passed(SECRET),
    ),
    Point(
        "ip",
        _("服务器 IP 在企业可信 IP 里"),
        _("应用详情页 → 企业可信IP，填本服务器的出口 IP；约一分钟生效。"),
        _ip_is_trusted,
    ),
    Point(
        "range",
        _("应用可见范围包含全部一线员工"),
        _("应用详情页 → 可见范围。范围外的员工，系统看不见也发不了。"),
        lambda seen: seen.passed(CONTACTS) or (None if seen.passed(CONTACTS) is None else False),
    ),
    Point(
        "callable",
        _("应用已勾选为「可调用接口的应用」"),
        _("客户联系 → 客户 → API → 可调用接口的应用，勾选这个应用。"),
        lambda seen: seen.passed(CUSTOMERS),
    ),
    Point(
        "contact",
        _("一线员工已开通客户联系"),
        _("客户联系 → 权限配置 → 使用范围，把一线员工加进去。"),
        lambda seen: (
            None if CUSTOMERS not in seen.probes else seen.probes[CUSTOMERS].found_count > 0
        ),
    ),
    Point(
        "real_name",
        _("一线员工已激活并实名"),
        _("没有实名的员工不能放进活码(40098)，没有激活的也不能(41054)。"),
    ),
    Point(
        "callback",
        _("接收消息的 URL 已保存"),
        _("应用详情页 → 接收消息 → API 接收，把本页的 URL、Token、EncodingAESKey 填进去保存。"),
        _is_verified,
    ),
    Point(
        "customer_events",
        _("外部联系人变更回调已勾选"),
        _("客户联系 → 客户 → API → 勾选「外部联系人变更回调」。收到第一条后这里会自动打勾。"),
        lambda seen: seen.times.customer_at is not None or None,
    ),
    Point(
        "domain",
        _("可信域名已校验"),
        _("应用详情页 → 网页授权及JS-SDK → 可信域名，按提示上传校验文件。谁看了、侧边栏都靠它。"),
    ),
    Point(
        "login_domain",
        _("网页登录域名已设置"),
        _("应用详情页 → 企业微信授权登录 → Web 网页，填本系统的域名，员工才能扫码登录。"),
    ),
    Point(
        "sidebar",
        _("侧边栏页面已配置"),
        _("客户联系 → 工具栏 → 聊天工具栏管理，加上本系统的侧边栏地址。"),
        None,
    ),
    Point(
        "ticket",
        _("侧边栏凭证可用"),
        _("应用要有 AgentId，且域名已校验；点「测试连接」检查。"),
        lambda seen: seen.passed(TICKET),
    ),
    Point(
        "unionid",
        _("已绑定微信开发者 ID"),
        _("客户联系 → 客户 → API → 绑定同主体的微信开发者账号，才能和小程序、公众号合并客户。"),
    ),
    Point(
        "extras",
        _("获客助手、对外收款、微信客服里也勾选了应用"),
        _("用到哪一个，就在哪一个的「可调用接口的应用」里勾选。"),
        is_optional=True,
    ),
    Point(
        "trial",
        _("走通一遍：扫码 → 添加 → 欢迎语"),
        _("建一张活码，用私人手机扫一扫；几秒内客户出现、收到欢迎语，就通了。"),
        lambda seen: seen.welcomed_count > 0 or None,
    ),
)


def shown_points(seen: Seen, ticks: Mapping[str, ConnectionTick]) -> list[ShownPoint]:
    """Return the list with what is done, what failed, and what people ticked."""
    return [_shown(point, seen, ticks.get(point.key)) for point in POINTS]


def tickable_keys() -> list[str]:
    """Return the points that people may tick: those that nothing can check."""
    return [point.key for point in POINTS if point.judge is None]


def _shown(point: Point, seen: Seen, tick: ConnectionTick | None) -> ShownPoint:
    if point.judge is None:
        return ShownPoint(
            point, is_auto=False, is_done=tick is not None, is_failed=False, tick=tick
        )
    verdict = point.judge(seen)
    return ShownPoint(
        point, is_auto=True, is_done=verdict is True, is_failed=verdict is False, tick=None
    )
