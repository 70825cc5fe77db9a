"""What the views of the open API share."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, cast

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from org.models import User
from scrm.api.v1.needs import READ_CUSTOMERS, MayCall, Needs
from scrm.web.bodies import declared_length
from scrm.web.problems import CONTENT_TYPE, ProblemSerializer, TooLarge, problem_response
from scrm.web.throttling import CallerThrottle, tell_limit


def refusals(*statuses: int) -> dict[Any, type[ProblemSerializer]]:
    """Return what the schema says of these refusals."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


REFUSALS: Final = refusals(400, 401, 403)
REFUSALS_OF_ONE: Final = refusals(401, 403, 404)
REFUSALS_OF_A_CHANGE: Final = refusals(400, 401, 403, 404, 409)


class ProblemView(APIView):
    """A view whose refusals are problem details.

    Attributes:
        reads, writes: What a caller needs for it; without `writes` it only reads.
    """

    permission_classes: Sequence[Any] = (IsAuthenticated, MayCall)
    throttle_classes = (CallerThrottle,)
    http_method_names: Sequence[str] = ("get", "head", "post", "put", "patch", "delete")
    reads: ClassVar[Needs] = READ_CUSTOMERS
    writes: ClassVar[Needs | None] = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the writer of refusals."""
        return problem_response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, and that the body is one we would read.

        Raises:
            TooLarge: it is longer.
        """
        super().initial(request, *args, **kwargs)
        if declared_length(request._request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what every answer tells."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        tell_limit(request, finished)
        finished["Cache-Control"] = "no-store"
        return finished

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
