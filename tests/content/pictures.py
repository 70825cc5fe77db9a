"""Pictures as phones and computers make them."""

import io

from PIL import Image


def picture_bytes(
    kind: str = "PNG", size: tuple[int, int] = (40, 20), *, mode: str = "RGB", **saving: object
) -> bytes:
    """Draw a picture."""
    buffer = io.BytesIO()
    Image.new(mode, size, "#3366cc" if mode != "RGBA" else (0, 0, 0, 0)).save(
        buffer, kind, **saving
    )
    return buffer.getvalue()
