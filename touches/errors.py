"""What can go wrong in `touches`, as sentences for people."""


class TouchesError(Exception):
    """Base of this room's errors."""


class UnknownTouch(TouchesError):
    """There is no such touch, or it is not visible to whoever asks."""


class BadPlan(TouchesError):
    """A touch cannot be planned like this: never due, too long a key, or nothing to send."""
