"""Writing welcomes (欢迎语): the company's default, and a channel code's variants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.errors import BadWelcome
from campaigns.models import ChannelCode, DefaultWelcome, WelcomeVariant
from campaigns.services.channel_codes import audit_code
from content.models import Material
from content.services.pictures import jpeg_of
from org.models import AuditRow, Staff, User
from org.services.audit import record_audit
from wecom.api.media import upload_image
from wecom.client import client_for
from wecom.models import App, Corp

MAX_TEXT_BYTES: Final = 4_000
MAX_ATTACHMENTS: Final = 9
WEEKDAYS: Final = range(1, 8)


@dataclass(frozen=True, slots=True)
class WelcomeText:
    """What a welcome says (欢迎语内容): words, WeCom's own attachments, a tracked material."""

    text: str = ""
    attachments: Sequence[dict[str, Any]] = field(default_factory=list)
    material: Material | None = None


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """Whom and when a variant is for (分时欢迎语): nobody in particular and always, unless said."""

    welcome: WelcomeText
    staff: Staff | None = None
    weekdays: Sequence[int] = ()
    starts_at: time | None = None
    ends_at: time | None = None


def check_welcome(welcome: WelcomeText, *, may_be_empty: bool = False) -> None:
    """Say whether WeCom will take this welcome.

    Raises:
        BadWelcome: it says nothing, is too long, or has too many attachments.

    Source: wecom-api §10.
    """
    if len(welcome.text.encode()) > MAX_TEXT_BYTES:
        raise BadWelcome(_("欢迎语太长了，最多约 1,300 个汉字"))
    if len(welcome.attachments) + (welcome.material is not None) > MAX_ATTACHMENTS:
        raise BadWelcome(_("附件最多 9 个"))
    if not (may_be_empty or welcome.text or welcome.attachments or welcome.material):
        raise BadWelcome(_("写一句话，或选一篇素材"))


def save_default_welcome(
    *,
    corp: Corp,
    welcome: WelcomeText,
    is_enabled: bool,
    now: datetime,
    actor: User | None = None,
    address: str | None = None,
) -> DefaultWelcome:
    """Save what new friends hear when no channel code speaks for them (默认欢迎语).

    Raises:
        BadWelcome: see `check_welcome`.
    """
    check_welcome(welcome, may_be_empty=not is_enabled)
    with transaction.atomic():
        saved, _is_new = DefaultWelcome.objects.update_or_create(
            corp=corp, defaults={**_content(welcome), "is_enabled": is_enabled}
        )
        record_audit(
            actor=actor,
            action=AuditRow.Action.CODE_CHANGED,
            subject=f"default_welcome:{corp.pk}",
            detail={"act": "changed", "is_enabled": is_enabled},
            now=now,
            address=address,
        )
    return saved


def save_variant(
    code: ChannelCode,
    spec: VariantSpec,
    *,
    now: datetime,
    variant: WelcomeVariant | None = None,
    actor: User | None = None,
    address: str | None = None,
) -> WelcomeVariant:
    """Save a code's welcome for one staff member or one time of the week (分时欢迎语).

    Args:
        variant: The one to change; a new one goes to the end.

    Raises:
        BadWelcome: see `check_welcome`; also a time without its other end, or no such weekday.
    """
    check_welcome(spec.welcome)
    if (spec.starts_at is None) != (spec.ends_at is None):
        raise BadWelcome(_("开始和结束时间要一起填"))
    if spec.starts_at is not None and spec.starts_at == spec.ends_at:
        raise BadWelcome(_("开始和结束时间不能相同"))
    if not set(spec.weekdays) <= set(WEEKDAYS):
        raise BadWelcome(_("没有这样的星期"))
    fields = {
        **_content(spec.welcome),
        "staff": spec.staff,
        "weekdays": sorted(set(spec.weekdays)),
        "starts_at": spec.starts_at,
        "ends_at": spec.ends_at,
    }
    with transaction.atomic():
        if variant is None:
            position = code.variants.count()
            variant = WelcomeVariant.objects.create(channel_code=code, position=position, **fields)
        else:
            for name, value in fields.items():
                setattr(variant, name, value)
            variant.save(update_fields=list(fields))
        audit_code(code, "welcome_changed", actor=actor, address=address, now=now)
    return variant


def delete_variant(
    variant: WelcomeVariant,
    *,
    now: datetime,
    actor: User | None = None,
    address: str | None = None,
) -> None:
    """Delete a variant (删除分时欢迎语); the code's own welcome speaks again."""
    with transaction.atomic():
        audit_code(variant.channel_code, "welcome_deleted", actor=actor, address=address, now=now)
        variant.delete()


def picture_attachment(data: bytes, *, app: App) -> dict[str, Any]:
    """Upload a picture to WeCom and return it as an attachment that does not expire (图片附件).

    Call it outside any transaction.

    Raises:
        PictureRefused: it is no picture that can be used.
        WeComError: WeCom did not take it.

    Source: wecom-api §21, media/uploadimg.
    """
    url = upload_image(
        client_for(app), filename="welcome.jpg", data=jpeg_of(data), content_type="image/jpeg"
    )
    return {"msgtype": "image", "image": {"pic_url": url}}


def link_attachment(*, title: str, url: str, desc: str = "") -> dict[str, Any]:
    """Return a link as an attachment (链接附件)."""
    link = {"title": title, "url": url}
    return {"msgtype": "link", "link": link | ({"desc": desc} if desc else {})}


def _content(welcome: WelcomeText) -> dict[str, Any]:
    return {
        "text": welcome.text,
        "attachments": list(welcome.attachments),
        "material": welcome.material,
    }
