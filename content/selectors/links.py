"""Finding tracked links."""

from datetime import datetime

from django.db.models import Q

from content.errors import UnknownLink
from content.models import TrackedLink


def open_link(*, code: str, now: datetime) -> TrackedLink:
    """Return the link behind a code, with what its page shows.

    Raises:
        UnknownLink: no such code, expired, or its material is not published.
    """
    link = (
        TrackedLink.objects.select_related("material", "staff", "corp")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), code=code, material__is_published=True)
        .first()
    )
    if link is None:
        raise UnknownLink(code)
    return link
