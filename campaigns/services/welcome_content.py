"""What a welcome says (欢迎语内容): chosen by channel, staff and time, filled in per person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final

from django.utils.translation import gettext as _

from campaigns.models import ChannelCode, DefaultWelcome, WelcomeVariant
from campaigns.models.content import WelcomeContent
from common.clock import SHANGHAI
from common.text import cut
from content.models import Material
from content.placeholders import fill
from content.services.links import picture_url

MAX_TEXT_BYTES: Final = 4_000
MAX_TITLE_BYTES: Final = 128
MAX_DESCRIPTION_BYTES: Final = 512
MAX_ATTACHMENTS: Final = 9


@dataclass(frozen=True, slots=True)
class Welcome:
    """A chosen welcome and where it comes from."""

    content: WelcomeContent
    origin_kind: str
    origin_id: int
    title: str


@dataclass(frozen=True, slots=True)
class WelcomeBook:
    """All welcomes that a batch of new friends may need, read once."""

    codes: Mapping[tuple[int, str], ChannelCode]
    defaults: Mapping[int, DefaultWelcome]

    def choose(self, *, corp_id: int, state: str, staff_id: int, at: datetime) -> Welcome | None:
        """Choose by channel code, then staff member and time, else the company's default.

        None means that nothing is to be said. A code that was switched off does not speak any more.
        """
        code = self.codes.get((corp_id, state)) if state else None
        if code is not None and code.is_enabled:
            content = _variant(code, staff_id, at) or code
            if _says_something(content):
                return Welcome(content, "channel_code", code.pk, _("欢迎语 · {}").format(code.name))
        default = self.defaults.get(corp_id)
        if default is not None and _says_something(default):
            return Welcome(default, "default_welcome", default.pk, _("欢迎语 · 默认"))
        return None


def open_book(*, corp_ids: Sequence[int], states: Sequence[str]) -> WelcomeBook:
    """Read the welcomes of these corps for these channel states; three queries."""
    codes = (
        ChannelCode.objects.filter(corp_id__in=corp_ids, state__in=states)
        .select_related("material")
        .prefetch_related("variants__material")
    )
    defaults = DefaultWelcome.objects.filter(corp_id__in=corp_ids, is_enabled=True).select_related(
        "material"
    )
    return WelcomeBook(
        codes={(code.corp_id, code.state): code for code in codes},
        defaults={default.corp_id: default for default in defaults},
    )


def body_of(
    content: WelcomeContent,
    *,
    welcome_code: str,
    customer_name: str,
    staff_name: str,
    link_url: str | None,
) -> dict[str, Any]:
    """Build the request of `send_welcome_msg`, cut to WeCom's limits (wecom-api §10)."""
    body: dict[str, Any] = {"welcome_code": welcome_code}
    filled = fill(content.text, customer_name=customer_name, staff_name=staff_name)
    if filled:
        body["text"] = {"content": cut(filled, MAX_TEXT_BYTES)}
    attachments = list(content.attachments)
    if content.material is not None and link_url is not None:
        attachments.insert(0, _link(content.material, link_url))
    if attachments:
        body["attachments"] = attachments[:MAX_ATTACHMENTS]
    return body


def _link(material: Material, url: str) -> dict[str, Any]:
    card = {
        "title": cut(material.title, MAX_TITLE_BYTES),
        "desc": cut(material.summary, MAX_DESCRIPTION_BYTES),
        "url": url,
    }
    if material.picture_code:
        card["picurl"] = picture_url(material.picture_code)
    return {"msgtype": "link", "link": card}


def _variant(code: ChannelCode, staff_id: int, at: datetime) -> WelcomeVariant | None:
    fitting = [
        variant for variant in code.variants.all() if _fits(variant, staff_id=staff_id, at=at)
    ]
    return min(
        fitting,
        key=lambda variant: (variant.staff_id is None, variant.position, variant.pk),
        default=None,
    )


def _fits(variant: WelcomeVariant, *, staff_id: int, at: datetime) -> bool:
    local = at.astimezone(SHANGHAI)
    return (
        variant.staff_id in {None, staff_id}
        and (not variant.weekdays or local.isoweekday() in variant.weekdays)
        and _is_between(local.time(), variant.starts_at, variant.ends_at)
    )


def _is_between(moment: time, starts_at: time | None, ends_at: time | None) -> bool:
    """True inside the span; one that ends before it begins runs over midnight."""
    if starts_at is None or ends_at is None:
        return True
    if starts_at <= ends_at:
        return starts_at <= moment < ends_at
    return moment >= starts_at or moment < ends_at


def _says_something(content: WelcomeContent) -> bool:
    return bool(content.text or content.attachments or content.material_id)
