"""What can go wrong in `customers`, as sentences for people."""


class CustomersError(Exception):
    """Base of this room's errors."""


class UnknownCustomer(CustomersError):
    """There is no such customer, or the viewer may not see them."""


class AmbiguousCustomer(CustomersError):
    """Several customers are called what was asked for."""


class UnknownEventType(CustomersError):
    """No event type of this name is registered."""


class BadEventPayload(CustomersError):
    """An event's payload has unknown, missing or wrongly typed fields."""


class DerivedTooDeep(CustomersError):
    """An event was derived from derived events more often than allowed."""


class BadStaffWord(CustomersError):
    """A mark of a staff member, or what they sent, is none that can be recorded."""


class UnknownGroup(CustomersError):
    """There is no such customer group, or not for whoever asks."""


class UnknownView(CustomersError):
    """There is no such view, or it is private to somebody else."""


class BadView(CustomersError):
    """The view cannot be saved or deleted as asked; the message says why."""


class BadNote(CustomersError):
    """The note cannot be kept; the message says why."""


class BadTag(CustomersError):
    """The tag or group cannot be made, renamed or deleted as asked; the message says why."""


class BadIdentifier(CustomersError):
    """An identifier is not one of its kind."""


class IdentifierTaken(CustomersError):
    """The identifier belongs to another customer, who is known to WeCom as well."""
