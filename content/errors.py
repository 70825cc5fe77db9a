"""What can go wrong in `content`, as sentences for people."""


class ContentError(Exception):
    """Base of this room's errors."""


class UnknownLink(ContentError):
    """No such tracked link, or it has expired or its material is not published."""


class LoginStateRefused(ContentError):
    """The OAuth state is unknown, used, too old, or belongs to another browser or corp."""


class BeaconRefused(ContentError):
    """A beacon's signature does not fit its visit."""


class UnknownMaterial(ContentError):
    """No such material, or it is not published."""
