"""Readers on their way through WeCom's OAuth (读者登录), and the link they come back to."""

from datetime import datetime

from content.models import TrackedLink
from wecom.models.oauth_round import OAuthPurpose
from wecom.services.oauth_rounds import StartedRound, finish_round, start_round


def start_login(*, link: TrackedLink, browser: str, now: datetime) -> StartedRound:
    """Begin an OAuth round for a reader of this link.

    Args:
        link: Where the reader is going.
        browser: The secret this browser already holds, or '' to make one.
        now: Business time.
    """
    return start_round(
        corp_pk=link.corp_id,
        purpose=OAuthPurpose.READER,
        target=link.code,
        browser=browser,
        now=now,
    )


def finish_login(*, state: str, browser: str, now: datetime) -> TrackedLink:
    """Use a state up and return the link its reader was on the way to.

    Raises:
        OAuthStateRefused: unknown, used, older than ten minutes, or from another browser.
    """
    finished = finish_round(state=state, browser=browser, purpose=OAuthPurpose.READER, now=now)
    return TrackedLink.objects.select_related("corp").get(code=finished.target)
