"""Errors of the open API as problem details (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE: Final = "application/problem+json"


class ProblemSerializer(serializers.Serializer[Any]):
    """What every refusal looks like."""

    type = serializers.CharField(help_text="Always `about:blank`: the status says it all.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField()
    invalid = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For 400: what is wrong, by parameter.",
    )
    problems = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="For 409: what keeps it from being done, for people.",
    )


class Conflict(APIException):
    """It cannot be done as things stand; `problems` says what is in the way, for people."""

    status_code = 409
    default_code = "conflict"

    def __init__(self, detail: str, problems: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.problems = list(problems)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into a problem; None leaves it to Django (a fault of ours)."""
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = ApiPermissionDenied()
    if not isinstance(error, APIException):
        return None
    set_rollback()
    status = error.status_code
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _detail(error),
    }
    if isinstance(error, ValidationError) and isinstance(error.detail, dict):
        problem["invalid"] = {
            name: [str(message) for message in messages] for name, messages in error.detail.items()
        }
    if isinstance(error, Conflict) and error.problems:
        problem["problems"] = error.problems
    headers = {"WWW-Authenticate": error.auth_header} if hasattr(error, "auth_header") else {}
    return Response(problem, status=status, headers=headers, content_type=CONTENT_TYPE)


def _detail(error: APIException) -> str:
    if isinstance(error, ValidationError):
        return "Some parameters are not valid."
    return str(error.detail)
