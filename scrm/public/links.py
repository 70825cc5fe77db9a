"""The page of a tracked link (素材雷达)."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common import clock
from content.blocks import read_blocks
from content.errors import UnknownLink
from content.models import TrackedLink
from content.selectors.links import open_link
from content.services.agents import Agent, read_agent
from content.services.readers import UNKNOWN, Reader
from content.services.visits import beacon_token, open_visit
from scrm.public.cookies import known_reader
from scrm.public.headers import private
from scrm.public.oauth import ask_wecom
from scrm.web.rate_limits import RateLimit

CHARACTERS_A_MINUTE: Final = 400
# Openings of one link a minute that are noted: by one reader, and from one address, behind which
# many readers may be.
OPENINGS_BY_READER: Final = RateLimit(20, window=timedelta(minutes=1))
OPENINGS_BY_ADDRESS: Final = RateLimit(120, window=timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class StaffCard:
    """Who sent the link, as the reader sees it."""

    name: str
    role: str
    company: str
    is_person: bool

    @property
    def initial(self) -> str:
        """The one character on the picture."""
        return self.name[:1]


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """Show the article behind a code, and note who opened it.

    Whoever opens it far more often than people do sees it all the same, and leaves no trace.
    """
    try:
        link = open_link(code=code, now=clock.now())
    except UnknownLink:
        return private(render(request, "public/gone.html", status=404))
    if request.method == "HEAD":
        return private(HttpResponse())
    reader = known_reader(request, corp_pk=link.corp_id)
    if not _is_noted(request, link, reader):
        return private(_article(request, link, token=""))
    agent = read_agent(request.headers.get("User-Agent", ""))
    asking = ask_wecom(request, link) if reader is None and _may_ask(agent) else None
    return asking or private(_opened_article(request, link, reader or UNKNOWN))


def _is_noted(request: HttpRequest, link: TrackedLink, reader: Reader | None) -> bool:
    """Say whether this opening is still one that people may make."""
    now = clock.now()
    if reader is not None and reader != UNKNOWN:
        who = reader.identity_id or reader.openid_digest or reader.kind
        if not OPENINGS_BY_READER.allows((link.pk, who), now=now):
            return False
    address = request.META.get("REMOTE_ADDR", "")
    return OPENINGS_BY_ADDRESS.allows((link.pk, address), now=now)


def _may_ask(agent: Agent) -> bool:
    """WeCom can name a reader only inside WeChat; the sandbox can anywhere."""
    return not agent.is_suspect and (agent.is_wechat or settings.DEBUG)


def _opened_article(request: HttpRequest, link: TrackedLink, reader: Reader) -> HttpResponse:
    visit = open_visit(
        link=link,
        reader=reader,
        user_agent=request.headers.get("User-Agent", ""),
        now=clock.now(),
    )
    return _article(request, link, token=beacon_token(visit))


def _article(request: HttpRequest, link: TrackedLink, *, token: str) -> HttpResponse:
    """Show the article; with an empty token no beacon of the page counts."""
    material = link.material
    context = {
        "link": link,
        "material": material,
        "blocks": read_blocks(material.body),
        "minutes": max(1, ceil(len(material.body) / CHARACTERS_A_MINUTE)),
        "origin": settings.PUBLIC_URL,
        "card": _card(link),
        "token": token,
    }
    return render(request, "public/article.html", context)


def _card(link: TrackedLink) -> StaffCard:
    company = link.corp.name
    if link.staff is None:
        return StaffCard(name=company, role=_("官方内容"), company=company, is_person=False)
    departments = link.staff.departments.filter(is_deleted=False).order_by("seats__id")[:1]
    places = [link.staff.job_title, *(department.name for department in departments)]
    return StaffCard(
        name=link.staff.name or link.staff.userid,
        role=" · ".join(place for place in places if place) or company,
        company=company,
        is_person=True,
    )
