"""What the views of the open API share."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, cast

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django_filters import CharFilter  # type: ignore[import-untyped] # it ships no types
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from org.models import User
from scrm.api.v1.needs import READ_CUSTOMERS, MayCall, Needs
from scrm.web.bodies import declared_length
from scrm.web.idempotency import begin_once, end_once
from scrm.web.problems import CONTENT_TYPE, ProblemSerializer, TooLarge, problem_response
from scrm.web.throttling import CallerThrottle, tell_limit


def refusals(*statuses: int) -> dict[Any, type[ProblemSerializer]]:
    """Return what the schema says of these refusals."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


REFUSALS: Final = refusals(400, 401, 403)
REFUSALS_OF_ONE: Final = refusals(401, 403, 404)
UNKNOWN_PARAMETER: Final = "There is no such parameter."
REPEATED_PARAMETER: Final = "Only once."
MISSING_VALUE: Final = "A value is missing."
PAGING: Final = frozenset({"cursor", "limit"})
REFUSALS_OF_A_CHANGE: Final = refusals(400, 401, 403, 404, 409)


class ProblemView(APIView):
    """A view whose refusals are problem details.

    Attributes:
        reads, writes: What a caller needs for it; without `writes` it only reads.
        parameters: What may stand in the query; anything else is refused, for it is a mistake.
    """

    permission_classes: Sequence[Any] = (IsAuthenticated, MayCall)
    throttle_classes = (CallerThrottle,)
    http_method_names: Sequence[str] = ("get", "head", "post", "put", "patch", "delete")
    reads: ClassVar[Needs] = READ_CUSTOMERS
    writes: ClassVar[Needs | None] = None
    parameters: ClassVar[frozenset[str]] = frozenset()

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the writer of refusals."""
        return problem_response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, that we know what is asked, and that the body is one we would read.

        Raises:
            ValidationError: there are parameters that we do not know, or one of them twice.
            TooLarge: the body is longer.
            Replay: the same change was made before, under the caller's key.
        """
        super().initial(request, *args, **kwargs)
        self._check_parameters(request)
        if declared_length(request._request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        if request.method in self.allowed_methods:
            begin_once(request)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add what every answer tells."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        end_once(request, finished)
        tell_limit(request, finished)
        finished["Cache-Control"] = "no-store"
        return finished

    def known_parameters(self) -> frozenset[str]:
        """Return what may stand in the query."""
        return self.parameters

    def _check_parameters(self, request: Request) -> None:
        if request.method not in self.allowed_methods:
            return
        known = self.known_parameters() if request.method in SAFE_METHODS else frozenset[str]()
        wrong = {
            name: [UNKNOWN_PARAMETER if name not in known else REPEATED_PARAMETER]
            for name, values in request.query_params.lists()
            if name not in known or len(values) > 1
        }
        if wrong:
            raise ValidationError(wrong)

    @property
    def viewer(self) -> User:
        """Who asks."""
        return cast("User", self.request.user)


class ProblemListView(ProblemView, GenericAPIView[Any]):
    """A list whose refusals are problem details; narrowed by `filterset_class`, if any."""

    filterset_class: Any = None

    def known_parameters(self) -> frozenset[str]:
        """Return the names of the filters, and those of paging."""
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        return self.parameters | PAGING | frozenset(filters)

    def filter_queryset(self, queryset: Any) -> Any:
        """Narrow the list.

        Raises:
            ValidationError: a filter has no value, which only a text may.
        """
        filters = self.filterset_class.base_filters if self.filterset_class else {}
        wrong = {
            name: [MISSING_VALUE]
            for name, value in self.request.query_params.items()
            if not value and not isinstance(filters.get(name), CharFilter | None)
        }
        if wrong:
            raise ValidationError(wrong)
        return super().filter_queryset(queryset)


class NewestFirst(CursorPagination):
    """Pages of rows, newest first; a cursor that is not ours is not found."""

    ordering: str | tuple[str, ...] = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has.

        Raises:
            ValidationError: `limit` is no number from 1 to the most.
        """
        told = request.query_params.get(self.page_size_query_param)
        if told is None:
            return self.page_size
        if not (told.isascii() and told.isdigit() and 1 <= int(told[:9]) <= self.max_page_size):
            raise ValidationError({"limit": [f"A number from 1 to {self.max_page_size}."]})
        return int(told)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Say in the schema what `limit` may be."""
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1, "maximum": self.max_page_size}
        return parameters

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
