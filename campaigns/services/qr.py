"""Pictures of QR codes (二维码)."""

import io
from typing import Final, Literal

import segno

BORDER_MODULES: Final = 4
SCALE: Final = 8


def qr_picture(text: str, *, kind: Literal["svg", "png"]) -> bytes:
    """Draw a QR code of a text, with the quiet zone that scanners want."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        buffer, kind=kind, scale=SCALE, border=BORDER_MODULES
    )
    return buffer.getvalue()
