"""Errors of the open API as problem details (RFC 9457), faults of our own among them."""

import logging
import math
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, Throttled, ValidationError
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response
from rest_framework.views import set_rollback

from scrm.web.request_ids import request_id_of

logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
REPLAYED: Final = "Idempotency-Replayed"


class ProblemSerializer(serializers.Serializer[Any]):
    """What every refusal looks like."""

    type = serializers.CharField(help_text="Always `about:blank`: the status says it all.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField(help_text="Which request it was; our logs name it too.")
    invalid = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For 400 and 422: what is wrong, by parameter; dots lead into nested ones.",
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


class TooLarge(APIException):
    """The body is longer than we read."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class Unprocessable(APIException):
    """It is well formed, and still makes no sense; `invalid` says where, as for 400."""

    status_code = 422
    default_code = "unprocessable"

    def __init__(self, detail: str, invalid: dict[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.invalid = invalid or {}


class Unavailable(APIException):
    """The database is away or too busy; the same request may go through later."""

    status_code = 503
    default_detail = "The service is busy. Try again later."
    default_code = "unavailable"


class Replay(APIException):
    """No refusal: the request was answered before, and that answer is given again."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__()
        self.status_code = status
        self.body = body


class Fault(APIException):
    """A fault of ours; the log has the rest, under the request's id."""

    status_code = 500
    default_detail = "Something went wrong here. The fault has been logged."
    default_code = "fault"


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any exception of a view into a problem; a fault of ours is logged and says no more."""
    if isinstance(error, Replay):
        return Response(error.body, status=error.status_code, headers={REPLAYED: "true"})
    known = _known(error)
    set_rollback()
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(known.status_code).phrase,
        "status": known.status_code,
        "detail": _detail(known),
        "request_id": request_id_of(context.get("request")),
    }
    if isinstance(known, ValidationError) and isinstance(known.detail, dict):
        problem["invalid"] = messages_by_path(known.detail)
    if isinstance(known, Unprocessable) and known.invalid:
        problem["invalid"] = known.invalid
    if isinstance(known, Conflict) and known.problems:
        problem["problems"] = known.problems
    return Response(
        problem, status=known.status_code, headers=_headers(known), content_type=CONTENT_TYPE
    )


def _known(error: Exception) -> APIException:
    if isinstance(error, APIException):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return ApiPermissionDenied()
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("api_unavailable", exc_info=error)
        return Unavailable()
    logger.error("api_fault", exc_info=error)
    return Fault()


def _headers(error: APIException) -> dict[str, str]:
    if hasattr(error, "auth_header"):
        return {"WWW-Authenticate": str(error.auth_header)}
    if isinstance(error, Throttled):
        return {"Retry-After": str(math.ceil(getattr(error, "wait", None) or RETRY_SECONDS))}
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(error, Unavailable) else {}


def _detail(error: APIException) -> str:
    if isinstance(error, ValidationError):
        return "Some parameters are not valid."
    if isinstance(error, Throttled):
        return "Too many requests. Go on after the time that Retry-After names."
    return str(error.detail)


def messages_by_path(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Return the messages of nested serializers by dotted path."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, below in detail.items():
            found |= messages_by_path(below, f"{path}.{name}" if path else str(name))
        return found
    if isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        return messages_by_path({index: one for index, one in enumerate(detail) if one}, path)
    messages = detail if isinstance(detail, list) else [detail]
    return {path: [str(message) for message in messages]}
