"""Roles (角色与权限): what each may do, as a matrix of boxes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from common import clock
from org.errors import GrantTooWide, LastAdmin
from org.models import User
from org.permissions import Permission
from org.selectors.accounts import edited_roles
from org.selectors.rights import permissions_of, rights_by_role
from org.services.roles import ADMIN_KEEPS, edit_roles, reset_role
from scrm.console.accounts.views import sentence
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to

_GROUPS: Final[dict[str, str | Promise]] = {
    "dashboard": gettext_lazy("看板"),
    "customers": gettext_lazy("客户"),
    "events": gettext_lazy("客户"),
    "tags": gettext_lazy("客户"),
    "journeys": gettext_lazy("旅程"),
    "touches": gettext_lazy("触达"),
    "codes": gettext_lazy("渠道活码"),
    "content": gettext_lazy("素材"),
    "staff": gettext_lazy("管理"),
    "accounts": gettext_lazy("管理"),
    "tokens": gettext_lazy("管理"),
    "audit": gettext_lazy("管理"),
    "connection": gettext_lazy("管理"),
    "system": gettext_lazy("管理"),
    "workbench": gettext_lazy("员工端"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """One box: `name` is `role:right`."""

    name: str
    role: str
    is_ticked: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One right with a box for each role; `group` is told at the first of its group."""

    group: str
    label: str
    boxes: list[Box]


@dataclass(frozen=True, slots=True)
class Head:
    """One role: `scope` says whose customers it sees."""

    role: str
    label: str
    scope: str
    is_edited: bool
    is_open: bool


@require_http_methods(["GET", "POST"])
@page(Permission.ACCOUNTS_MANAGE)
def roles(request: HttpRequest) -> HttpResponse:
    """Show and change what the roles may do."""
    viewer = viewer_of(request)
    if request.method == "POST":
        wanted = _wanted(viewer, request.POST.getlist("rights"))
        try:
            edit_roles(wanted=wanted, actor=viewer, now=clock.now(), address=address_of(request))
        except (GrantTooWide, LastAdmin) as error:
            messages.error(request, sentence(error))
        else:
            messages.success(request, _("已保存，成员的下一次操作起生效。"))
        return go_to(request, reverse("roles"))
    context = {"active": "accounts", "heads": _heads(viewer), "lines": _lines(viewer)}
    return render(request, "console/accounts/roles.html", context)


@require_POST
@page(Permission.ACCOUNTS_MANAGE)
def reset(request: HttpRequest, role: str) -> HttpResponse:
    """Give a role its defaults back."""
    if role not in User.Role.values:
        raise Http404
    try:
        reset_role(
            role=role, actor=viewer_of(request), now=clock.now(), address=address_of(request)
        )
    except GrantTooWide as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("已恢复默认权限。"))
    return go_to(request, reverse("roles"))


def _open_roles(viewer: User) -> list[str]:
    """Return the roles whose boxes the viewer may change."""
    if viewer.role == User.Role.ADMIN:
        return list(User.Role.values)
    return [role for role in User.Role.values if role not in {User.Role.ADMIN, viewer.role}]


def _open_rights(viewer: User) -> frozenset[str]:
    """Return the rights the viewer may give and take: an admin all, others their own."""
    if viewer.role == User.Role.ADMIN:
        return frozenset(Permission.values)
    return permissions_of(viewer)


def _wanted(viewer: User, ticked: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return what the boxes say, by role; what the viewer may not touch stays as it is."""
    boxes = {tuple(each.split(":", 1)) for each in ticked}
    before, mine = rights_by_role(), _open_rights(viewer)
    kept = {User.Role.ADMIN.value: ADMIN_KEEPS}
    return {
        role: frozenset(right for right in mine if (role, right) in boxes)
        | (before[role] - mine)
        | kept.get(role, frozenset())
        for role in _open_roles(viewer)
    }


def _heads(viewer: User) -> list[Head]:
    scopes = {
        User.Role.ADMIN: _("全公司"),
        User.Role.OPERATOR: _("全公司"),
        User.Role.MANAGER: _("负责的部门及下级"),
        User.Role.STAFF: _("自己的客户"),
    }
    edited, can_change = edited_roles(), _open_roles(viewer)
    return [
        Head(role.value, str(role.label), scopes[role], role in edited, role in can_change)
        for role in User.Role
    ]


def _lines(viewer: User) -> list[Line]:
    rights, can_change, mine = rights_by_role(), _open_roles(viewer), _open_rights(viewer)
    lines, last = [], ""
    for right in Permission:
        group = str(_GROUPS[right.value.split(".")[0]])
        boxes = [
            Box(
                name=f"{role}:{right.value}",
                role=str(User.Role(role).label),
                is_ticked=right in rights[role],
                is_fixed=role not in can_change
                or right not in mine
                or (role == User.Role.ADMIN and right in ADMIN_KEEPS),
            )
            for role in User.Role.values
        ]
        lines.append(Line("" if group == last else group, str(right.label), boxes))
        last = group
    return lines
