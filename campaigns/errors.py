"""What can go wrong in `campaigns`, as sentences for people."""


class CampaignsError(Exception):
    """Base of this room's errors."""


class StateTaken(CampaignsError):
    """Another channel code of this corp has this state."""


class BadChannelCode(CampaignsError):
    """A channel code cannot be like this: no staff, too long a state, a task without a title."""
