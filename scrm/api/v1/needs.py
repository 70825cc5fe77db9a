"""What a caller of the open API needs: a token's scopes, and the rights of its user (权限)."""

from dataclasses import dataclass
from typing import Final, cast

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from org.models import ApiToken, User
from org.permissions import Permission
from org.selectors.rights import permissions_of

Scope = ApiToken.Scope


@dataclass(frozen=True, slots=True)
class Needs:
    """All of the scopes and one of the rights; a session of the pages has no scopes."""

    scopes: tuple[Scope, ...]
    rights: tuple[Permission, ...]


def _needs(scope: Scope, right: Permission, *others: Permission) -> Needs:
    return Needs((scope,), (right, *others))


# Who works with customers in the sidebar reads the same ones here: the data scope keeps the rest.
READ_CUSTOMERS: Final = _needs(
    Scope.CUSTOMERS_READ, Permission.CUSTOMERS_VIEW, Permission.WORKBENCH_USE
)
EDIT_CUSTOMERS: Final = _needs(Scope.CUSTOMERS_WRITE, Permission.CUSTOMERS_EDIT)
RECORD_EVENTS: Final = _needs(Scope.EVENTS_WRITE, Permission.EVENTS_RECORD)
READ_TAGS: Final = _needs(Scope.TAGS_READ, Permission.CUSTOMERS_VIEW, Permission.WORKBENCH_USE)
MANAGE_TAGS: Final = _needs(Scope.TAGS_WRITE, Permission.TAGS_MANAGE)
PUT_TAGS: Final = _needs(Scope.TAGS_WRITE, Permission.CUSTOMERS_EDIT)
READ_JOURNEYS: Final = _needs(
    Scope.JOURNEYS_READ, Permission.JOURNEYS_VIEW, Permission.WORKBENCH_USE
)
EDIT_JOURNEYS: Final = _needs(Scope.JOURNEYS_WRITE, Permission.JOURNEYS_EDIT)
PUBLISH_JOURNEYS: Final = _needs(Scope.JOURNEYS_WRITE, Permission.JOURNEYS_PUBLISH)
READ_TOUCHES: Final = _needs(Scope.TOUCHES_READ, Permission.TOUCHES_VIEW, Permission.WORKBENCH_USE)
DECIDE_TOUCHES: Final = _needs(Scope.TOUCHES_WRITE, Permission.TOUCHES_DECIDE)
READ_RUNS_AND_TOUCHES: Final = Needs(
    (Scope.JOURNEYS_READ, Scope.TOUCHES_READ),
    (Permission.JOURNEYS_VIEW, Permission.WORKBENCH_USE),
)
READ_CODES: Final = _needs(Scope.CODES_READ, Permission.CODES_VIEW)
EDIT_CODES: Final = _needs(Scope.CODES_WRITE, Permission.CODES_EDIT)
READ_CONTENT: Final = _needs(Scope.CONTENT_READ, Permission.CONTENT_VIEW)


class MayCall(BasePermission):
    """The token has the scopes, and its user a right, that the view names for the method."""

    message = "The token has not the scope for this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the request may go on.

        Raises:
            PermissionDenied: the user has not the right, whatever the token.
        """
        needs: Needs | None = getattr(view, "reads" if request.method in SAFE_METHODS else "writes")
        if needs is None:
            return True  # the view knows no such method and says so
        rights = permissions_of(cast("User", request.user))
        if rights.isdisjoint(needs.rights):
            raise PermissionDenied(f"Your role has not the right for this: {needs.rights[0]}.")
        return not isinstance(request.auth, ApiToken) or set(needs.scopes) <= set(
            request.auth.scopes
        )
