"""What can go wrong in `content`, as sentences for people."""


class ContentError(Exception):
    """Base of this room's errors."""


class UnknownLink(ContentError):
    """No such tracked link, or it has expired or its material is not published."""


class BeaconRefused(ContentError):
    """A beacon's signature does not fit its visit."""


class UnknownMaterial(ContentError):
    """No such material, or it is not published."""


class UnknownPicture(ContentError):
    """No such picture."""


class PictureRefused(ContentError):
    """An upload is not taken; the message says why, for people."""


class DraftConflict(ContentError):
    """Somebody else has saved this draft since it was read."""


class NotReady(ContentError):
    """A material cannot be published like this; the message says why, for people."""


class MaterialInUse(ContentError):
    """A material cannot be deleted: it has been published, or sent."""
