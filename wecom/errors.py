"""What can go wrong with WeCom, as the rest of the house sees it.

A caller decides by class; the errcode is only for the log. The codes are sorted into these classes
in `wecom.errcodes`.

    CallbackError                      a callback could not be taken in
    ├── CallbackRefused                forged, malformed, oversize …: the door answers 403
    └── CallbackUnavailable            neither database nor keys at hand: 503, WeCom tries again
    OAuthStateRefused                  a return from OAuth that nobody here is waiting for
    EventMalformed                     a genuine event lacks what its contract promises

    WeComError                         a call did not end well
    ├── Transient                      surely not done; repeat after `retry_after_seconds`
    │   ├── NotSent                    no connection was made
    │   ├── RateLimited                our own bucket is empty, or WeCom's window is closed (45009)
    │   ├── ConcurrentChange           another call was changing the same thing (6000, 45035)
    │   ├── BeingDispatched            WeCom is still preparing the task (41063, 41079)
    │   └── TokenRejected              the token was refused, also after one renewal
    ├── Ambiguous                      perhaps done: reconcile before any repetition
    └── Permanent                      repeating will not help
        ├── ItemRefused                this item cannot be done: record it, go on with the next
        │   ├── CustomerUnreachable    no relation (any more) between member and customer
        │   ├── StaffUnreachable       the member is unknown, has left, or is out of the app's range
        │   ├── QuotaExceeded          a cap that is not a rate: tags, codes, customers, reminders
        │   ├── WelcomeExpired         the welcome code is too old, used or invalid
        │   ├── WelcomeNotNeeded       the chat has already begun (41051)
        │   ├── MediaRejected          the media id is expired or of the wrong kind: upload again
        │   ├── MassCancelled          the mass message was stopped already (41093)
        │   ├── LoginRejected          an OAuth code or ticket is expired or used: sign in again
        │   └── CardExpired            the card's response code is used or too old
        ├── CursorRejected             restart the paging
        ├── AnswerTooLarge             ask for smaller parts
        ├── Misconfigured              people must change a setting, here or at WeCom
        └── BadRequest                 a fault in our request
"""

from typing import Final

RETRY_SECONDS: Final = 2.0
SETTLE_SECONDS: Final = 30.0


class CallbackError(Exception):
    """A callback (回调) could not be taken in."""


class CallbackRefused(CallbackError):
    """The callback is not from WeCom or not of its shape; every reason looks the same outside."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CallbackUnavailable(CallbackError):
    """The callback could be neither checked nor kept now; WeCom should deliver it again."""


class OAuthStateRefused(Exception):
    """The OAuth state is unknown, used, too old, or belongs to another browser or purpose."""


class EventMalformed(ValueError):
    """A genuine event is not of the shape that the contract promises (wecom-api §25)."""


class WeComError(Exception):
    """A call to WeCom did not end well.

    Args:
        message: What happened, for people; secrets are cut out before they get here.
        errcode: WeCom's code, None where no answer with a code came.
        api: The path below /cgi-bin/.
        retry_after_seconds: The earliest useful moment for a repetition.
    """

    default_retry_seconds: float = RETRY_SECONDS

    def __init__(
        self,
        message: str = "",
        *,
        errcode: int | None = None,
        api: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errcode = errcode
        self.api = api
        self.retry_after_seconds = (
            self.default_retry_seconds if retry_after_seconds is None else retry_after_seconds
        )

    def __str__(self) -> str:
        code = "" if self.errcode is None else f" [{self.errcode}]"
        return f"{self.api or 'wecom'}{code} {self.message}".rstrip()


class Transient(WeComError):
    """Surely not done; the same call may be repeated later."""


class NotSent(Transient):
    """No connection was made, so nothing can have been executed."""


class RateLimited(Transient):
    """Too many calls of one API; only this API has to wait."""

    default_retry_seconds = 60.0


class ConcurrentChange(Transient):
    """WeCom was changing the same data for another call; serialise per pair."""


class BeingDispatched(Transient):
    """WeCom is still preparing this task; ask again after a minute."""

    default_retry_seconds = 60.0


class TokenRejected(Transient):
    """The access token was refused, also after one renewal."""

    default_retry_seconds = 10.0


class Ambiguous(WeComError):
    """Perhaps executed: -1, 5xx, time-out after sending, reset, unreadable answer."""

    default_retry_seconds = SETTLE_SECONDS


class Permanent(WeComError):
    """Repeating will not help."""

    default_retry_seconds = 0.0


class ItemRefused(Permanent):
    """This one item cannot be done; record it and go on with the others."""


class CustomerUnreachable(ItemRefused):
    """Member and customer are not (or no longer) related: 84061, 40096."""


class StaffUnreachable(ItemRefused):
    """The member is unknown, has left, or is outside the app's visible range."""


class QuotaExceeded(ItemRefused):
    """A cap of the corp, the member or the customer is reached."""


class WelcomeExpired(ItemRefused):
    """The welcome code is missing, invalid, used, or older than 20 s."""


class WelcomeNotNeeded(ItemRefused):
    """The chat has already begun; also what a second, successful try looks like."""


class MediaRejected(ItemRefused):
    """The media id is expired, of another corp, or from the wrong upload API."""


class MassCancelled(ItemRefused):
    """The mass message was stopped already, by us or in WeCom's console."""


class LoginRejected(ItemRefused):
    """The OAuth code or user ticket is invalid, expired or used."""


class CardExpired(ItemRefused):
    """The template card's response code or task id cannot be used any more."""


class CursorRejected(Permanent):
    """The paging cursor is not accepted: begin again without one."""


class AnswerTooLarge(Permanent):
    """The answer would be too large: ask department by department."""


class Misconfigured(Permanent):
    """Secret, right, range, IP or a setting at WeCom is wrong; stop and tell people."""


class BadRequest(Permanent):
    """Our request is faulty: a bug to be fixed, never repeated."""
