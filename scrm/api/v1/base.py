"""What the views of the open API share."""

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from org.models import User
from scrm.web.problems import ProblemSerializer, problem_response

REFUSALS = {400: ProblemSerializer, 401: ProblemSerializer}
REFUSALS_OF_ONE = {401: ProblemSerializer, 404: ProblemSerializer}


class ProblemView(APIView):
    """A view whose refusals are problem details."""

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
    """Pages of customers, newest first; a cursor that is not ours is not found."""

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
