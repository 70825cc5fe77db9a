"""The command menu (⌘K): pages, customers, journeys, materials, codes that a few letters find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.selectors.channel_codes import channel_codes_visible_to
from content.models import Material
from customers.selectors.customers import customers_visible_to
from customers.selectors.listing import list_of
from customers.selectors.rows import rows_of
from org.models import User
from org.permissions import Permission
from scrm.web.access import may, viewer_of
from scrm.web.navigation import rail_of
from sop.models import Journey

MOST: Final = 6
WORDS_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to go to."""

    label: str
    url: str
    icon: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one kind."""

    label: str
    entries: list[Entry]


Finder = Callable[[User, str], Iterator[Entry]]


def find(request: HttpRequest, words: str) -> list[Group]:
    """Return what matches, kind by kind; without words, the pages one may open."""
    words = words.strip()[:WORDS_CHARACTERS]
    groups = [Group(_("页面"), list(_pages(request, words)))]
    if words:
        viewer = viewer_of(request)
        groups += [
            Group(label, [entry for entry in finder(viewer, words) if entry.url])
            for label, permission, finder in _finders()
            if may(request, permission)
        ]
    return [group for group in groups if group.entries]


def _finders() -> list[tuple[str, Permission, Finder]]:
    return [
        (_("客户"), Permission.CUSTOMERS_VIEW, _customers),
        (_("旅程"), Permission.JOURNEYS_VIEW, _journeys),
        (_("素材"), Permission.CONTENT_VIEW, _materials),
        (_("渠道活码"), Permission.CODES_VIEW, _codes),
    ]


def _pages(request: HttpRequest, words: str) -> Iterator[Entry]:
    for group, places in rail_of(request):
        for place in places:
            if words.casefold() in place.label.casefold():
                yield Entry(place.label, place.url, place.icon, group)


def _customers(viewer: User, words: str) -> Iterator[Entry]:
    found, _size = list_of(customers_visible_to(viewer), words=words, size=MOST)
    for row in rows_of(found.ids):
        detail = " · ".join(
            part for part in (row.remark, *row.owners[:1], *row.mobiles[:1]) if part
        )
        yield Entry(row.name or _("新客户"), reverse("customer", args=[row.uid]), "user", detail)


def _journeys(_viewer: User, words: str) -> Iterator[Entry]:
    found = Journey.objects.filter(name__icontains=words).exclude(state=Journey.State.ARCHIVED)
    for journey in found.order_by("-id")[:MOST]:
        url = reverse("journey", args=[journey.uid])
        yield Entry(journey.name, url, "workflow", journey.get_state_display())


def _materials(_viewer: User, words: str) -> Iterator[Entry]:
    for material in Material.objects.filter(title__icontains=words).order_by("-id")[:MOST]:
        url = reverse("material", args=[material.pk])
        yield Entry(material.title, url, "file-text", material.get_purpose_display())


def _codes(viewer: User, words: str) -> Iterator[Entry]:
    found = channel_codes_visible_to(viewer).filter(name__icontains=words)
    for code in found.order_by("-id")[:MOST]:
        yield Entry(code.name, reverse("code", args=[code.pk]), "qr-code", code.state)
