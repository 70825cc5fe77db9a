"""What can go wrong in `touches`, as sentences for people."""


class TouchesError(Exception):
    """Base of this room's errors."""


class UnknownTouch(TouchesError):
    """There is no such touch, or it is not visible to whoever asks."""


class UnknownCall(TouchesError):
    """There is no such call, or it is not visible to whoever asks."""


class BadPlan(TouchesError):
    """A touch cannot be planned like this: never due, too long a key, or nothing to send."""


class NotUnknown(TouchesError):
    """Somebody is deciding about a call whose fate is not unknown (any more)."""


class MessageIsHeld(TouchesError):
    """Another call of ours holds the mass message of that number already."""


class BadRemark(TouchesError):
    """A remark or description, which is named, is longer than WeCom allows."""


class CannotEmpty(TouchesError):
    """A remark or description, which is named, is to become empty: WeCom takes no empty ones."""


class NoSender(TouchesError):
    """The corp has no enabled app to call WeCom with."""


class UnknownTags(TouchesError):
    """A tag is none of the corp's, or is deleted."""


class NothingToConfirm(TouchesError):
    """There is no mass message that waits for this member's tap."""


class BadTagging(TouchesError):
    """Customers cannot be tagged like this; the message says why."""


class NotDead(TouchesError):
    """Somebody wants to send a call again that is not stopped (any more)."""


class NothingToWithdraw(TouchesError):
    """Nothing of it can be withdrawn: it is over, or was withdrawn before."""
