"""The first steps with a fresh system (上手清单), read from the data: nothing is ticked by hand."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from common import sql
from org.permissions import Permission
from scrm.web.access import rights_of

_DONE: Final = """
SELECT EXISTS (SELECT FROM wecom_app WHERE is_enabled),
       EXISTS (SELECT FROM customers_customer),
       EXISTS (SELECT FROM campaigns_channelcode),
       EXISTS (SELECT FROM sop_journey WHERE state IN ('live', 'paused'))
"""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step; `url` is empty for who may not take it, `is_next` marks the first undone one."""

    title: str
    about: str
    url: str
    is_done: bool
    is_next: bool


def first_steps(request: HttpRequest) -> list[FirstStep]:
    """Return the steps of setting up, or nothing once all are done."""
    done = sql.fetch_all(_DONE)[0]
    if all(done):
        return []
    rights = rights_of(request)
    return [
        FirstStep(
            title=title,
            about=about,
            url=reverse(name) if permission in rights else "",
            is_done=is_done,
            is_next=not is_done and all(done[:place]),
        )
        for place, ((title, about, name, permission), is_done) in enumerate(
            zip(_steps(), done, strict=True)
        )
    ]


def _steps() -> list[tuple[str, str, str, Permission]]:
    return [
        (
            _("连接企业微信"),
            _("填好应用的密钥和回调，测一测就通。"),
            "connection",
            Permission.CONNECTION_MANAGE,
        ),
        (
            _("同步员工与客户"),
            _("已有的客户、标签和群会自己进来。"),
            "connection",
            Permission.CONNECTION_MANAGE,
        ),
        (
            _("做第一个渠道活码"),
            _("新客扫码进来，欢迎语几秒内送到。"),
            "codes",
            Permission.CODES_EDIT,
        ),
        (
            _("发布第一个旅程"),
            _("从模板开始，按客户的行为一步步跟进。"),
            "journeys",
            Permission.JOURNEYS_EDIT,
        ),
    ]
