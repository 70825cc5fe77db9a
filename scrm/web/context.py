"""What every template of the console finds in its context."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from org.permissions import Permission
from scrm.web.access import rights_of
from scrm.web.navigation import rail_of


class May:
    """Rights for templates: `{% if may.customers_edit %}` asks for `customers.edit`."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getitem__(self, name: str) -> bool:
        """Say whether the person has the right; a right that does not exist is a bug."""
        try:
            right = Permission[name.upper()]
        except KeyError:
            raise UnknownRight(name) from None
        return right in rights_of(self._request)


class UnknownRight(Exception):
    """A template asked for a right that does not exist; templates swallow KeyError, not this."""


def shell(request: HttpRequest) -> dict[str, object]:
    """Return the rail, who is signed in, and what they may do; nothing is read until used."""
    return {
        "rail": SimpleLazyObject(lambda: rail_of(request)),
        "viewer": getattr(request, "user", None),
        "may": May(request),
    }
