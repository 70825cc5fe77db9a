"""The `state` of OAuth rounds (网页授权): made when somebody leaves, good for one return."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common import sql
from wecom.errors import OAuthStateRefused
from wecom.models import OAuthRound
from wecom.models.oauth_round import OAuthPurpose

LIVES: Final = timedelta(minutes=10)

_USE = """
UPDATE wecom_oauthround SET used_at = %(now)s
 WHERE state_digest = %(state)s AND browser_digest = %(browser)s AND purpose = %(purpose)s
   AND used_at IS NULL AND created_at > %(oldest)s
RETURNING corp_id, target
"""


@dataclass(frozen=True, slots=True)
class StartedRound:
    """What goes out: `state` through WeCom, `browser` into a cookie of this browser."""

    state: str
    browser: str


@dataclass(frozen=True, slots=True)
class FinishedRound:
    """What somebody who came back was on the way to."""

    corp_pk: int
    target: str


def start_round(
    *, corp_pk: int, purpose: OAuthPurpose, target: str, browser: str, now: datetime
) -> StartedRound:
    """Begin an OAuth round (发起授权) with 128 bits nobody can guess.

    Args:
        corp_pk: Whose app will ask.
        purpose: Who is asked for; only that door takes the state back.
        target: What the way back leads to, in the words of the caller.
        browser: The secret this browser already holds, or '' to make one; several pages of one
            browser may be on their way at the same time.
        now: Business time.
    """
    started = StartedRound(state=secrets.token_hex(16), browser=browser or secrets.token_hex(16))
    OAuthRound.objects.create(
        state_digest=_digest(started.state),
        browser_digest=_digest(started.browser),
        purpose=purpose,
        corp_id=corp_pk,
        target=target,
        created_at=now,
    )
    return started


def finish_round(
    *, state: str, browser: str, purpose: OAuthPurpose, now: datetime
) -> FinishedRound:
    """Use a state up and return what it was made for.

    One statement decides, so that of two returns with one state only one gets through.

    Raises:
        OAuthStateRefused: unknown, used, older than ten minutes, made for another purpose, or from
            another browser.
    """
    used = sql.fetch_all(
        _USE,
        {
            "now": now,
            "oldest": now - LIVES,
            "state": _digest(state),
            "browser": _digest(browser),
            "purpose": purpose.value,
        },
    )
    if not used:
        raise OAuthStateRefused
    return FinishedRound(corp_pk=used[0][0], target=used[0][1])


def prune_rounds(*, now: datetime) -> int:
    """Delete the rounds that can no longer return; returns how many."""
    return sql.execute("DELETE FROM wecom_oauthround WHERE created_at < %s", [now - LIVES])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
