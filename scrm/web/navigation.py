"""The rail of the console (导航): groups of pages, each shown to those who may open it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from org.permissions import Permission
from scrm.web.access import rights_of


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: the view's name in the address book, its label, its icon, its right.

    `area` is what a page says of itself in the context as `active`.
    """

    area: str
    url_name: str
    label: str | Promise
    icon: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """An entry with its address."""

    area: str
    label: str
    icon: str
    url: str


RAIL: Final[tuple[tuple[str | Promise, tuple[Place, ...]], ...]] = (
    (
        _("总览"),
        (
            Place(
                "dashboard",
                "dashboard",
                _("数据看板"),
                "layout-dashboard",
                Permission.DASHBOARD_VIEW,
            ),
        ),
    ),
    (
        pgettext_lazy("导航", "客户"),
        (
            Place(
                "customers",
                "customers",
                pgettext_lazy("导航", "客户"),
                "users",
                Permission.CUSTOMERS_VIEW,
            ),
            Place("tags", "tags", pgettext_lazy("导航", "标签"), "tags", Permission.CUSTOMERS_VIEW),
        ),
    ),
    (
        _("增长"),
        (Place("codes", "codes", _("渠道活码"), "qr-code", Permission.CODES_VIEW),),
    ),
    (
        pgettext_lazy("导航", "运营"),
        (
            Place("journeys", "journeys", _("旅程 SOP"), "workflow", Permission.JOURNEYS_VIEW),
            Place("touches", "touches", _("触达与群发"), "megaphone", Permission.TOUCHES_VIEW),
            Place("content", "materials", _("素材"), "library", Permission.CONTENT_VIEW),
        ),
    ),
    (
        _("管理"),
        (
            Place("staff", "staff", _("员工与部门"), "contact", Permission.STAFF_VIEW),
            Place(
                "accounts", "accounts", _("账号与权限"), "shield-check", Permission.ACCOUNTS_MANAGE
            ),
            Place("audit", "audit", _("审计日志"), "scroll-text", Permission.AUDIT_VIEW),
            Place("tokens", "tokens", _("接口令牌"), "key-round", Permission.TOKENS_MANAGE),
            Place("connection", "connection", _("企业微信"), "plug", Permission.CONNECTION_MANAGE),
            Place("system", "system", _("运行状态"), "activity", Permission.SYSTEM_VIEW),
        ),
    ),
)


def rail_of(request: HttpRequest) -> list[tuple[str, list[ShownPlace]]]:
    """Return the groups and entries that the person signed in may open."""
    rights = rights_of(request)
    groups = (
        (str(label), [shown for place in places for shown in _shown(place, rights)])
        for label, places in RAIL
    )
    return [(label, places) for label, places in groups if places]


def first_place(request: HttpRequest) -> str | None:
    """Return the address of the first page that the person signed in may open."""
    return next((place.url for _label, places in rail_of(request) for place in places), None)


def _shown(place: Place, rights: frozenset[str]) -> Iterator[ShownPlace]:
    if place.permission in rights:
        yield ShownPlace(place.area, str(place.label), place.icon, reverse(place.url_name))
