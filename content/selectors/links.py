"""Finding tracked links."""

import re
from datetime import datetime
from typing import Final

from django.db.models import Q

from content.errors import UnknownLink
from content.models import TrackedLink

_CODE: Final = re.compile(r"[0-9A-Za-z_-]{22}", re.ASCII)


def open_link(*, code: str, now: datetime) -> TrackedLink:
    """Return the link behind a code, with what its page shows.

    Raises:
        UnknownLink: no such code, expired, or its material is not published.
    """
    if not _CODE.fullmatch(code):
        raise UnknownLink(code)
    link = (
        TrackedLink.objects.select_related("material", "staff", "corp")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), code=code, material__is_published=True)
        .first()
    )
    if link is None:
        raise UnknownLink(code)
    return link
