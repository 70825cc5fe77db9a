"""What can go wrong in `content`, as sentences for people."""


class ContentError(Exception):
    """Base of this room's errors."""


class UnknownLink(ContentError):
    """No such tracked link, or it has expired or its material is not published."""


class BeaconRefused(ContentError):
    """A beacon's signature does not fit its visit."""
