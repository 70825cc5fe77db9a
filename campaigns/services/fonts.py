"""Finding a font with Chinese characters (中文字体): a server may have none."""

import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import ImageFont

from campaigns.errors import NoFont

# Regular and bold; the first pair of which the regular file is there is taken.
_LINUX: Final = (
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
    ("SourceHanSansCN-Regular.otf", "SourceHanSansCN-Bold.otf"),
    ("wqy-microhei.ttc", "wqy-microhei.ttc"),
    ("wqy-zenhei.ttc", "wqy-zenhei.ttc"),
    ("DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf"),
)
_MAC: Final = (
    ("Hiragino Sans GB.ttc", "Hiragino Sans GB.ttc"),
    ("STHeiti Light.ttc", "STHeiti Medium.ttc"),
)
_WINDOWS: Final = (("msyh.ttc", "msyhbd.ttc"), ("simhei.ttf", "simhei.ttf"))
_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}
_MOST_FACES: Final = 12


def chinese_font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return a font with Chinese characters in a size in pixels.

    `settings.POSTER_FONT` names a file that goes before all others.

    Raises:
        NoFont: there is none on this machine.
    """
    regular, strong = _files()
    path = strong if bold else regular
    return ImageFont.truetype(str(path), size, index=_face(path))


def has_chinese_font() -> bool:
    """Say whether posters can be drawn on this machine."""
    try:
        _files()
    except NoFont:
        return False
    return True


def _files() -> tuple[Path, Path]:
    named = settings.POSTER_FONT
    if named:
        if not Path(named).is_file():
            raise NoFont(named)
        return Path(named), Path(named)
    return _found(sys.platform)


@lru_cache(maxsize=4)
def _found(platform: str) -> tuple[Path, Path]:
    pairs = {"darwin": _MAC, "win32": _WINDOWS}.get(platform, _LINUX)
    places = [Path(place).expanduser() for place in _PLACES.get(platform, _PLACES["linux"])]
    for regular, bold in pairs:
        file = _search(places, regular)
        if file is not None:
            return file, _search(places, bold) or file
    raise NoFont(platform)


def _search(places: Sequence[Path], name: str) -> Path | None:
    for place in places:
        if place.is_dir():
            found = next(place.rglob(name), None)
            if found is not None:
                return found
    return None


@lru_cache(maxsize=8)
def _face(path: Path) -> int:
    """Return which face of a collection is simplified Chinese, the first if none says so."""
    for index in range(_MOST_FACES):
        try:
            family = ImageFont.truetype(str(path), 12, index=index).getname()[0] or ""
        except OSError:
            break
        if family.endswith((" SC", " GB")):
            return index
    return 0
