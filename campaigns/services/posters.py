"""Posters of channel codes (活码海报): a title, the QR code, who answers; for phones and for A4.

Everything is measured in thousandths of the width, so a picture for a phone and a sheet at 300 dots
an inch look the same.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from campaigns.services.fonts import chinese_font

PHONE_WIDTH: Final = 1_080
# A4 at 300 dots an inch.
SHEET_WIDTH: Final = 2_480
SHEET_DPI: Final = 300
RATIO: Final = 1.414
_SHEET_BOTTOM: Final = 1_334
MAX_TITLE: Final = 24
MAX_NOTE: Final = 60
MAX_NAME: Final = 20
_TITLE_SIZES: Final = (92, 78, 66, 56)
_EDGE: Final = "#c3cad6"


@dataclass(frozen=True, slots=True)
class Style:
    """The colors of a poster: the ground, words on it, the sheet with the code, words on that."""

    ground: str
    words: str
    soft_words: str
    sheet: str
    ink: str
    soft_ink: str
    is_framed: bool = False


STYLES: Final = {
    "blue": Style("#1f5fe0", "#ffffff", "#dbe7ff", "#ffffff", "#1c2433", "#616b7d"),
    "green": Style("#0f6b4f", "#ffffff", "#d3efe4", "#ffffff", "#16302a", "#5b6f68"),
    "orange": Style("#b8481c", "#ffffff", "#ffe6d8", "#ffffff", "#3a2318", "#7a6358"),
    "plain": Style(
        "#ffffff", "#1c2433", "#525c6e", "#ffffff", "#1c2433", "#525c6e", is_framed=True
    ),
}


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster (海报内容)."""

    title: str
    note: str
    name: str
    hint: str
    qr_png: bytes
    style: str = "blue"


def poster_png(poster: Poster) -> bytes:
    """Draw a poster for phones and chats as PNG.

    Raises:
        NoFont: this machine has no font with Chinese characters.
    """
    buffer = io.BytesIO()
    _draw(poster, PHONE_WIDTH).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def poster_pdf(poster: Poster) -> bytes:
    """Draw a poster as one A4 page at 300 dots an inch.

    Raises:
        NoFont: this machine has no font with Chinese characters.
    """
    buffer = io.BytesIO()
    _draw(poster, SHEET_WIDTH).save(
        buffer, "PDF", resolution=SHEET_DPI, title=poster.title, quality=92
    )
    return buffer.getvalue()


def _draw(poster: Poster, width: int) -> Image.Image:
    style = STYLES.get(poster.style, STYLES["blue"])
    picture = Image.new("RGB", (width, round(width * RATIO)), style.ground)
    canvas = _Canvas(picture, width)
    below = canvas.title(poster.title[:MAX_TITLE], top=110, color=style.words)
    if poster.note:
        below = canvas.text(poster.note[:MAX_NOTE], 40, top=below + 26, color=style.soft_words)
    top = max(below + 56, 440)
    canvas.sheet(top=top, bottom=_SHEET_BOTTOM, fill=style.sheet, is_framed=style.is_framed)
    side = min(620, _SHEET_BOTTOM - top - 260)
    code_top = top + 60
    canvas.code(poster.qr_png, top=code_top, side=side)
    below = canvas.text(
        poster.name[:MAX_NAME], 46, top=code_top + side + 30, color=style.ink, bold=True
    )
    canvas.text(poster.hint, 34, top=below + 10, color=style.soft_ink)
    return picture


class _Canvas:
    """Draws in thousandths of the width, everything in the middle."""

    def __init__(self, picture: Image.Image, width: int) -> None:
        self._picture = picture
        self._draw = ImageDraw.Draw(picture)
        self._width = width

    def title(self, text: str, *, top: float, color: str) -> float:
        """Write the title as large as it fits on two lines; return where it ends."""
        for size in _TITLE_SIZES:
            if len(list(_lines(text, self._font(size, bold=True), self._px(860)))) <= 2:
                break
        return self.text(text, size, top=top, color=color, bold=True)

    def text(self, text: str, size: int, *, top: float, color: str, bold: bool = False) -> float:
        """Write lines in the middle; return where they end."""
        font = self._font(size, bold=bold)
        for line in _lines(text, font, self._px(860)):
            self._draw.text(
                (self._px(500), self._px(top)), line, fill=color, font=font, anchor="ma"
            )
            top += size * 1.4
        return top

    def sheet(self, *, top: float, bottom: float, fill: str, is_framed: bool) -> None:
        """Draw the sheet that the code lies on."""
        box = (self._px(90), self._px(top), self._px(910), self._px(bottom))
        edge = max(2, self._px(3)) if is_framed else 0
        self._draw.rounded_rectangle(
            box, radius=self._px(44), fill=fill, outline=_EDGE if is_framed else None, width=edge
        )

    def code(self, qr_png: bytes, *, top: float, side: float) -> None:
        """Put the QR code in; enlarged in whole steps its edges stay sharp."""
        wanted = self._px(side)
        with Image.open(io.BytesIO(qr_png)) as opened:
            code = opened.convert("RGB")
        step = max(1, wanted // code.width)
        if step > 1:
            code = code.resize((code.width * step, code.height * step), Image.Resampling.NEAREST)
        code = code.resize((wanted, wanted), Image.Resampling.LANCZOS)
        self._picture.paste(code, (self._px(500) - wanted // 2, self._px(top)))

    def _font(self, size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
        return chinese_font(max(8, self._px(size)), bold=bold)

    def _px(self, thousandths: float) -> int:
        return round(self._width * thousandths / 1_000)


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    """Break a text into lines that fit; Chinese breaks anywhere."""
    line = ""
    for character in _drawable(text):
        if line and font.getlength(line + character) > width:
            yield line.rstrip()
            line = character.lstrip()
        else:
            line += character
    if line:
        yield line.rstrip()


def _drawable(text: str) -> str:
    """Leave out what text fonts have no shape for: emoji and control characters."""
    return "".join(one for one in text if one.isprintable() and ord(one) <= 0xFFFF)
