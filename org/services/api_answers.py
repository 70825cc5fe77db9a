"""A change by the open API that is asked for twice happens once (接口幂等).

1. `begin_answer` writes the key down, in a transaction of its own: who comes second finds it.
2. The change is made.
3. `keep_answer` writes the answer beside the key; `drop_answer` takes the key back where nothing
   was changed, so that the same request may be tried again.

A process that dies between 1 and 3 leaves a key without an answer: after a while the next request
takes it over and makes the change, which the service itself refuses where it was made after all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q

from common import sql
from org.errors import KeyInUse, KeyReused
from org.models import ApiAnswer, User

KEPT: Final = timedelta(hours=24)
GIVEN_UP_AFTER: Final = timedelta(minutes=2)
MAX_KEY_CHARACTERS: Final = 128

_BEGIN: Final = """
INSERT INTO org_apianswer (user_id, key, request_digest, begun_at)
VALUES (%s, %s, %s, %s) ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours to answer."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer that was given before."""

    status: int
    body: Any


def begin_answer(*, user: User, key: str, request_digest: str, now: datetime) -> Claim | Kept:
    """Claim a key for one request, or return what that request was answered before.

    Raises:
        KeyReused: the key was used for another request.
        KeyInUse: the same request is being answered at this moment.
    """
    rows = sql.fetch_all(_BEGIN, [user.pk, key, request_digest, now])
    if rows:
        return Claim(rows[0][0])
    known = ApiAnswer.objects.get(user=user, key=key)
    if known.begun_at <= now - KEPT:
        known.delete()
        return begin_answer(user=user, key=key, request_digest=request_digest, now=now)
    if known.request_digest != request_digest:
        raise KeyReused
    if known.status is not None:
        return Kept(known.status, known.body)
    if known.begun_at > now - GIVEN_UP_AFTER:
        raise KeyInUse
    taken = ApiAnswer.objects.filter(pk=known.pk, status=None, begun_at=known.begun_at)
    if not taken.update(begun_at=now):
        raise KeyInUse
    return Claim(known.pk)


def keep_answer(claim: Claim, *, status: int, body: Any) -> None:
    """Keep what a request was answered."""
    ApiAnswer.objects.filter(pk=claim.answer_id).update(status=status, body=body)


def drop_answer(claim: Claim) -> None:
    """Take a key back: nothing was changed under it."""
    ApiAnswer.objects.filter(Q(status=None), pk=claim.answer_id).delete()


def prune_answers(*, now: datetime) -> int:
    """Delete what is older than a day; returns how many."""
    deleted, _ = ApiAnswer.objects.filter(begun_at__lte=now - KEPT).delete()
    return deleted
