"""Taking pictures in (上传图片): checked, made anew, stored once."""

import hashlib
import io
import warnings
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from common.ids import opaque_token
from content.errors import PictureRefused
from content.models import Picture

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 1_440
QUALITY: Final = 82
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")


def store_picture(data: bytes, *, now: datetime) -> Picture:
    """Store an uploaded picture (图片) as a JPEG for phones; the same picture again is one row.

    Nothing of the upload is kept but its pixels: no metadata, no place where it was taken, no
    program hidden in it. Only the first picture of an animation.

    Raises:
        PictureRefused: too large, not a picture, or of a kind that is not taken (SVG is none).
    """
    jpeg, width, height = _made_anew(data)
    digest = hashlib.sha256(jpeg).hexdigest()
    picture, _is_new = Picture.objects.get_or_create(
        digest=digest,
        defaults={
            "code": opaque_token(),
            "data": jpeg,
            "width": width,
            "height": height,
            "created_at": now,
        },
    )
    return picture


def jpeg_of(data: bytes) -> bytes:
    """Return an uploaded picture as a JPEG for phones, without storing it.

    Raises:
        PictureRefused: see `store_picture`.
    """
    return _made_anew(data)[0]


def _made_anew(data: bytes) -> tuple[bytes, int, int]:
    """Return the picture as JPEG bytes, its width and its height."""
    if len(data) > MAX_BYTES:
        raise PictureRefused(_("图片超过 8 MB，请压缩后再上传"))
    try:
        with warnings.catch_warnings():
            # Refused below by its size, before a pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _refuse_giants(opened)
                picture = _on_white(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError) as error:
        raise PictureRefused(_("这不是能用的图片，请上传 JPG、PNG、WebP 或 GIF")) from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE * 4))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return buffer.getvalue(), picture.width, picture.height


def _refuse_giants(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise PictureRefused(_("图片的像素太多，请缩小后再上传"))


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture without transparency, in three colors."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture.convert("RGB")
