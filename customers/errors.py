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
    """A mark or note of a staff member is none that can be recorded."""


class UnknownGroup(CustomersError):
    """There is no such customer group, or not for whoever asks."""
