"""What the views of the open API share."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from org.models import ApiToken, User
from scrm.web.problems import ProblemSerializer, problem_response

REFUSALS = {400: ProblemSerializer, 401: ProblemSerializer, 403: ProblemSerializer}
REFUSALS_OF_ONE = {401: ProblemSerializer, 403: ProblemSerializer, 404: ProblemSerializer}
REFUSALS_OF_A_CHANGE = REFUSALS | {404: ProblemSerializer, 409: ProblemSerializer}
Scope = ApiToken.Scope


class MayCall(BasePermission):
    """The token has the scopes that the view names; who changes anything is admin or operator.

    A session of the pages has no scopes, only its user's rights.
    """

    message = "The token has not the scope for this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the request may go on.

        Raises:
            PermissionDenied: the role of the user may only read.
        """
        is_change = request.method not in SAFE_METHODS
        needed: Sequence[str] = getattr(view, "writes" if is_change else "reads")
        user = cast("User", request.user)
        if is_change and user.role not in {User.Role.ADMIN, User.Role.OPERATOR}:
            raise PermissionDenied("Only administrators and operators may change anything.")
        return not isinstance(request.auth, ApiToken) or set(needed) <= set(request.auth.scopes)


class ProblemView(APIView):
    """A view whose refusals are problem details.

    Attributes:
        reads, writes: The scopes that a token needs.
    """

    permission_classes = (IsAuthenticated, MayCall)
    reads: ClassVar[tuple[str, ...]] = (Scope.CUSTOMERS_READ,)
    writes: ClassVar[tuple[str, ...]] = ()

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the writer of refusals."""
        return problem_response

    @property
    def viewer(self) -> User:
        """Who asks."""
        return cast("User", self.request.user)


class ProblemListView(ProblemView, GenericAPIView[Any]):
    """A list whose refusals are problem details."""


class NewestFirst(CursorPagination):
    """Pages of rows, newest first; a cursor that is not ours is not found."""

    ordering: str | tuple[str, ...] = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page.

        Raises:
            NotFound: the cursor's position is not one of this list.
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, DjangoValidationError) as error:
            raise NotFound(self.invalid_cursor_message) from error


class LatestFirst(NewestFirst):
    """Pages of events, latest first."""

    ordering = ("-occurred_at", "-id")
