"""The `state` of OAuth rounds (读者登录): made when a reader leaves, good for one return."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common import sql
from content.errors import LoginStateRefused
from content.models import ReaderLogin, TrackedLink

LIVES: Final = timedelta(minutes=10)

_USE = """
UPDATE content_readerlogin SET used_at = %(now)s
 WHERE state_digest = %(state)s AND browser_digest = %(browser)s
   AND used_at IS NULL AND created_at > %(oldest)s
RETURNING link_id
"""


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """What goes out: `state` through WeCom, `browser` into a cookie of this browser."""

    state: str
    browser: str


def start_login(*, link: TrackedLink, browser: str, now: datetime) -> StartedLogin:
    """Begin an OAuth round for a reader of this link.

    Args:
        browser: The secret this browser already holds, or '' to make one; several pages of one
            browser may be on their way at the same time.
    """
    started = StartedLogin(state=secrets.token_hex(16), browser=browser or secrets.token_hex(16))
    ReaderLogin.objects.create(
        state_digest=_digest(started.state),
        browser_digest=_digest(started.browser),
        link=link,
        created_at=now,
    )
    return started


def finish_login(*, state: str, browser: str, now: datetime) -> TrackedLink:
    """Use a state up and return the link its reader was on the way to.

    One statement decides, so that of two returns with one state only one gets through.

    Raises:
        LoginStateRefused: unknown, used, older than ten minutes, or from another browser.
    """
    used = sql.fetch_all(
        _USE,
        {
            "now": now,
            "oldest": now - LIVES,
            "state": _digest(state),
            "browser": _digest(browser),
        },
    )
    if not used:
        raise LoginStateRefused
    return TrackedLink.objects.select_related("corp").get(pk=used[0][0])


def prune_logins(*, now: datetime) -> int:
    """Delete the rounds that can no longer return; returns how many."""
    return sql.execute("DELETE FROM content_readerlogin WHERE created_at < %s", [now - LIVES])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
