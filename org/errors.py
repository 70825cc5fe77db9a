"""What can go wrong in `org`, as sentences for people."""


class OrgError(Exception):
    """Base of this room's errors."""


class UnknownStaff(OrgError):
    """There is no such staff member."""


class TokenRefused(OrgError):
    """The API token is unknown, expired or revoked."""


class UnknownJob(OrgError):
    """There is no such job, or it is not for the viewer."""
