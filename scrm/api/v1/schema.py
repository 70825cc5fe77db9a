"""The OpenAPI document, and what answers where there is nothing."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from scrm.api.v1.base import ProblemView
from scrm.web.problems import CONTENT_TYPE


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document; it is made once a process."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call] # it has no types
    made: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


def add_what_all_share(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say of every operation that any other refusal is a problem, too; drf-spectacular calls it."""
    problem = {"$ref": "#/components/schemas/Problem"}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {
                "description": "Any other refusal.",
                "content": {CONTENT_TYPE: {"schema": problem}},
            }
    return result


class SchemaView(ProblemView):
    """The OpenAPI document, for everybody."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the document."""
        return Response(document())


class NothingHere(ProblemView):
    """Every address below ours that nothing else answers."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse, whatever the method.

        Raises:
            NotFound: always.
        """
        super().initial(request, *args, **kwargs)
        hint = "" if request.path.endswith("/") else " Addresses end with a slash."
        raise NotFound(f"There is nothing at this address.{hint}")
