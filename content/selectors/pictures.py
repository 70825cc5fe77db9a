"""Finding pictures."""

import re
from typing import Final

from content.errors import UnknownPicture
from content.models import Picture

CODE: Final = re.compile(r"[0-9A-Za-z_-]{22}", re.ASCII)


def open_picture(code: str) -> Picture:
    """Return the picture behind a code.

    Raises:
        UnknownPicture: there is none.
    """
    picture = Picture.objects.filter(code=code).first() if CODE.fullmatch(code) else None
    if picture is None:
        raise UnknownPicture(code)
    return picture
