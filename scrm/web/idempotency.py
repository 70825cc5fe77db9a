"""`Idempotency-Key`: a change that is asked for twice happens once (接口幂等)."""

import hashlib
import logging
import re
from typing import Final, cast

from django.db import DatabaseError, InterfaceError
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from org.errors import KeyInUse, KeyReused
from org.models import User
from org.services.api_answers import (
    MAX_KEY_CHARACTERS,
    Claim,
    begin_answer,
    drop_answer,
    keep_answer,
)
from scrm.web.problems import Conflict, Replay, Unprocessable

logger = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
_GOOD: Final = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_CHARACTERS}}}", re.ASCII)
_FIRST_ERROR: Final = 300


def begin_once(request: Request) -> None:
    """Claim the key that a request brings, if it is a change and brings one.

    Raises:
        Replay: it was answered before.
        ValidationError: the key is none.
        Conflict: it is being answered at this moment.
        Unprocessable: the key was used for another request.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method in SAFE_METHODS:
        return
    if not _GOOD.fullmatch(key):
        wanted = f"1 to {MAX_KEY_CHARACTERS} visible ASCII characters."
        raise ValidationError({HEADER: [wanted]})
    try:
        begun = begin_answer(
            user=cast("User", request.user),
            key=key,
            request_digest=_digest(request),
            now=clock.now(),
        )
    except KeyReused as error:
        raise Unprocessable(f"This {HEADER} was used for another request.") from error
    except KeyInUse as error:
        raise Conflict("The same request is being answered at this moment.") from error
    if not isinstance(begun, Claim):
        raise Replay(begun.status, begun.body)
    request._request.claim = begun  # type: ignore[attr-defined] # ours, until the answer


def end_once(request: Request, response: Response) -> None:
    """Keep the answer under the key that was claimed; of a refusal take the key back."""
    claim: Claim | None = getattr(request._request, "claim", None)
    if claim is None:
        return
    try:
        if response.status_code < _FIRST_ERROR:
            keep_answer(claim, status=response.status_code, body=response.data)
        else:
            drop_answer(claim)
    except (DatabaseError, InterfaceError):
        # What was changed is changed: the caller is told so, whatever becomes of the key.
        logger.warning("idempotency_answer_not_kept", exc_info=True)


def _digest(request: Request) -> str:
    """Say what is asked: method, address, and the body to the byte."""
    body = request._request.body
    line = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(line + body).hexdigest()
