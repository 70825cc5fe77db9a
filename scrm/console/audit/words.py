"""What a row of the audit log says, in words (审计记录)."""

from typing import Any, Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from org.models import ApiToken, AuditRow, User
from org.permissions import Permission

_KINDS: Final[dict[str, str | Promise]] = {
    "user": _("账号"),
    "role": _("角色"),
    "customer": _("客户"),
    "token": _("令牌"),
    "corp": _("企业"),
    "app": _("应用"),
    "journey": _("旅程"),
    "touch": _("触达"),
    "dispatch": _("发送"),
    "code": _("渠道活码"),
    "material": _("素材"),
    "tag": _("标签"),
    "job": _("任务"),
}
_NAMES: Final[dict[str, str | Promise]] = {
    "username": _("账号"),
    "means": _("方式"),
    "reason": _("原因"),
    "role": _("角色"),
    "staff": _("对应员工"),
    "name": _("名称"),
    "is_active": _("启用"),
    "how": _("方式"),
    "what": _("内容"),
    "given": _("授予"),
    "taken": _("收回"),
    "for": _("代表账号"),
    "scopes": _("范围"),
    "count": _("数量"),
    "by": _("来源"),
    "field": _("字段"),
    "rows": _("行数"),
}
_VALUES: Final[dict[str, str | Promise]] = {
    "password": _("密码"),
    "wecom": _("企业微信"),
    "code": _("验证码错误"),
    "code_locked": _("验证码锁定"),
    "locked": _("错误次数过多"),
    "unknown": _("不在通讯录"),
    "left": _("已离职"),
    "disabled": _("企业微信已禁用"),
    "off": _("账号已停用"),
    "outsider": _("不是企业成员"),
    "own": _("本人修改"),
    "reset": _("管理员重置"),
    "set": _("启用"),
    "removed": _("停用"),
    "recovery_used": _("使用恢复码"),
    "recovery_renewed": _("更换恢复码"),
    "phone": _("手机号"),
    "added": _("新增"),
    "changed": _("修改"),
    "deleted": _("删除"),
    "True": _("是"),
    "False": _("否"),
}
# Details whose values are words of ours.
_IN_WORDS: Final = frozenset({"means", "reason", "how", "what", "by", "is_active", "field"})
TONES: Final[dict[str, str]] = {
    AuditRow.Action.SIGN_IN_FAILED: "warn",
    AuditRow.Action.SIGN_IN_LOCKED: "bad",
    AuditRow.Action.RIGHTS_CHANGED: "violet",
    AuditRow.Action.ACCOUNT_CHANGED: "violet",
    AuditRow.Action.EXPORT: "cyan",
    AuditRow.Action.REVEAL: "cyan",
    AuditRow.Action.TOKEN_ISSUED: "brand",
    AuditRow.Action.CONNECTION_CHANGED: "brand",
}


def subject_words(row: AuditRow) -> str:
    """Say what it was done to: `客户 0190…`, or what was typed at a sign-in."""
    kind, _colon, rest = row.subject.partition(":")
    if not rest or kind not in _KINDS:
        return row.subject
    if kind == "user" and "username" in row.detail:
        rest = str(row.detail["username"])
    if kind == "role":
        rest = _value("role", rest)
    return f"{_KINDS[kind]} {rest}"


def subject_url(row: AuditRow) -> str:
    """Return the page of what it was done to, or ''."""
    kind, _colon, rest = row.subject.partition(":")
    try:
        if kind == "customer":
            return reverse("customer", args=[UUID(rest)])
        if kind == "role":
            return reverse("roles")
    except (NoReverseMatch, ValueError):
        return ""
    return ""


def detail_words(row: AuditRow) -> str:
    """Say the details: `角色: 员工 → 主管 · 名称: 小林`."""
    shown = {name: value for name, value in row.detail.items() if name != "username"}
    return " · ".join(
        f"{_NAMES.get(name, name)}: {_said(name, value)}" for name, value in shown.items()
    )


def _said(name: str, value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        return f"{_value(name, value['from'])} → {_value(name, value['to'])}"
    if isinstance(value, list):
        return "、".join(_value(name, one) for one in value) or "—"
    return _value(name, value)


def _value(name: str, value: Any) -> str:
    """Say one value; names and what was typed stay as they are."""
    text = "—" if value in (None, "") else str(value)
    labels: dict[str, Any] = {
        "role": User.Role.choices,
        "given": Permission.choices,
        "taken": Permission.choices,
        "scopes": ApiToken.Scope.choices,
    }
    if name in labels:
        return str(dict(labels[name]).get(text, text))
    return str(_VALUES.get(text, text)) if name in _IN_WORDS else text
