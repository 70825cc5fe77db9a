"""What can go wrong in `campaigns`, as sentences for people."""


class CampaignsError(Exception):
    """Base of this room's errors."""


class StateTaken(CampaignsError):
    """Another channel code of this corp has this state."""


class BadChannelCode(CampaignsError):
    """A channel code cannot be like this: no staff, too long a state, a task without a title."""


class CodeInUse(CampaignsError):
    """The channel code cannot be deleted: it is on, or customers have come by it."""


class BadWelcome(CampaignsError):
    """A welcome cannot be like this: it says nothing, or has too many attachments."""


class NoPicture(CampaignsError):
    """A code has no QR picture now; the message says why, for people."""


class NoFont(CampaignsError):
    """This machine has no font with Chinese characters, so no poster can be drawn."""


class UnknownCode(CampaignsError):
    """No such channel code, or none that the viewer may see."""
