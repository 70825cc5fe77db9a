"""The QR code of a channel code (活码二维码), read once from WeCom and kept.

WeCom tells where the picture lies, not what the QR code says: so the picture itself is what people
download and what posters carry.
"""

import io
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from campaigns.errors import NoPicture
from campaigns.models import ChannelCode, CodePicture
from wecom.api.pictures import fetch_picture
from wecom.errors import WeComError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
MAX_SIDE: Final = 2_000


def code_picture(code: ChannelCode, *, now: datetime) -> bytes:
    """Return the QR code of a channel code as PNG, read from WeCom the first time.

    Call it outside any transaction.

    Raises:
        NoPicture: WeCom has made no code yet, or its picture cannot be read now.
    """
    if not code.is_enabled:
        raise NoPicture(_("活码已停用，二维码已被企业微信回收"))
    if not code.qr_code_url:
        raise NoPicture(_("企业微信还没有生成这个二维码，稍等片刻再看"))
    kept = CodePicture.objects.filter(channel_code=code, url=code.qr_code_url).first()
    if kept is not None:
        return bytes(kept.data)
    data = _as_png(_fetched(code.qr_code_url))
    CodePicture.objects.update_or_create(
        channel_code=code, defaults={"url": code.qr_code_url, "data": data, "fetched_at": now}
    )
    return data


def _fetched(url: str) -> bytes:
    try:
        return fetch_picture(url)
    except WeComError as error:
        raise NoPicture(_("暂时取不到二维码图片，请稍后再试")) from error


def _as_png(data: bytes) -> bytes:
    """Make a picture anew: what is handed out has been decoded once."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            opened.thumbnail((MAX_SIDE, MAX_SIDE))
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NoPicture(_("企业微信给的二维码图片打不开")) from error
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
