"""What can go wrong in `org`, as sentences for people."""


class OrgError(Exception):
    """Base of this room's errors."""


class UnknownStaff(OrgError):
    """There is no such staff member."""


class SignInRefused(OrgError):
    """Somebody may not sign in; `reason` says why, for the page and the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LastAdmin(OrgError):
    """After this no admin could sign in any more."""


class GrantTooWide(OrgError):
    """Nobody gives or takes rights that they do not have themselves."""


class StaffTaken(OrgError):
    """The staff member has an account already."""


class UsernameTaken(OrgError):
    """There is an account of that name."""


class CodeRefused(OrgError):
    """The code of the second step is wrong or used; `is_locked` after too many wrong ones."""

    def __init__(self, *, is_locked: bool = False) -> None:
        super().__init__("locked" if is_locked else "wrong")
        self.is_locked = is_locked


class TotpSetAlready(OrgError):
    """The account has an authenticator; it must be taken away first."""


class TokenRefused(OrgError):
    """The API token is unknown, expired or revoked."""


class UnknownJob(OrgError):
    """There is no such job, or it is not for the viewer."""


class BadConnection(OrgError):
    """A corp or an app cannot be like this; the message says why, for people."""


class KeyReused(OrgError):
    """An idempotency key was used for another request."""


class KeyInUse(OrgError):
    """The request of this idempotency key is being answered."""
