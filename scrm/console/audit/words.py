"""What a row of the audit log says, in words (审计记录)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from org.models import ApiToken, AuditRow, User
from org.permissions import Permission
from scrm.console.audit.terms import IN_WORDS, KINDS, NAMES, VALUES
from scrm.console.dashboard.metrics import METRICS

# The detail that names the thing itself.
_NAMED_BY: Final = {
    "user": "username",
    "journey": "name",
    "code": "name",
    "token": "name",
    "material": "title",
}
_PLACES: Final = {name: place for place, name in enumerate(NAMES)}
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


def subject_words(row: AuditRow, customers: Mapping[str, str] | None = None) -> str:
    """Say what it was done to: `客户 林女士`, `旅程 新客 7 天`, or what was typed at a sign-in.

    Args:
        row: The row.
        customers: The names of customers by their unified ID, as far as they are known.
    """
    kind, _sep, rest = row.subject.partition(":")
    if kind not in KINDS:
        return row.subject
    if kind == "role":
        rest = _value("role", rest)
    if kind == "figures":
        rest = str(METRICS[rest].label) if rest in METRICS else ""
    named = (customers or {}).get(rest) if kind == "customer" else _name_in(row, kind)
    return f"{KINDS[kind]} {named or rest}".strip()


def _name_in(row: AuditRow, kind: str) -> str:
    """Return the name of the thing as it was then, if the details have it."""
    name = row.detail.get(_NAMED_BY.get(kind, ""), "")
    if not name and row.subject == f"user:{row.actor_id}":
        return row.actor_name
    return name if isinstance(name, str) else ""


def customers_in(rows: Iterable[AuditRow]) -> set[str]:
    """Return the unified IDs of the customers that rows speak of."""
    found = set()
    for row in rows:
        kind, _sep, rest = row.subject.partition(":")
        if kind == "customer" and (uid := _uid(rest)):
            found.add(str(uid))
    return found


def subject_url(row: AuditRow) -> str:
    """Return the page of what it was done to, or ''."""
    kind, _sep, rest = row.subject.partition(":")
    if kind in ("customer", "journey"):
        uid = _uid(rest)
        return reverse(kind, args=[uid]) if uid else ""
    return reverse("roles") if kind == "role" else ""


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def detail_words(row: AuditRow) -> str:
    """Say the details: `角色：员工 → 主管 · 名称：小林`."""
    kind = row.subject.partition(":")[0]
    hidden = {"username", _NAMED_BY.get(kind, "")}
    names = sorted(row.detail, key=lambda name: _PLACES.get(name, len(_PLACES)))
    shown = {name: row.detail[name] for name in names if name not in hidden}
    return " · ".join(
        _("{name}：{value}").format(name=NAMES.get(name, name), value=_said(name, value))
        for name, value in shown.items()
    )


def _said(name: str, value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        return f"{_value(name, value['from'])} → {_value(name, value['to'])}"
    if isinstance(value, dict):
        return (
            "、".join(f"{NAMES.get(key, key)} {_said(key, one)}" for key, one in value.items())
            or "—"
        )
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
    return str(VALUES.get(text, text)) if name in IN_WORDS else text
