"""Not writing to one member faster than WeCom lets through (发送节奏)."""

from typing import Final

from common import sql
from wecom.errors import RateLimited

# At most 15 + 60 · 0.25 = 30 in any minute and 915 in any hour; WeCom drops above 30 and 1,000.
BURST: Final = 15.0
PER_SECOND: Final = 0.25

_TAKE: Final = """
INSERT INTO touches_recipientpace AS pace (app_id, userid, tokens, refilled_at)
VALUES (%(app)s, %(userid)s, %(burst)s - 1, clock_timestamp())
ON CONFLICT (app_id, userid) DO UPDATE
   SET tokens = least(%(burst)s, pace.tokens + %(rate)s
           * extract(epoch FROM clock_timestamp() - pace.refilled_at)) - 1,
       refilled_at = clock_timestamp()
 WHERE least(%(burst)s, pace.tokens + %(rate)s
           * extract(epoch FROM clock_timestamp() - pace.refilled_at)) >= 1
RETURNING tokens
"""


def take_turn(*, app_id: int, userid: str) -> None:
    """Take one message's turn for a member; one statement, committed at once.

    Raises:
        RateLimited: this member has been written to often enough; only they have to wait.

    Source: wecom-api §20.3.
    """
    params = {"app": app_id, "userid": userid.lower(), "burst": BURST, "rate": PER_SECOND}
    if not sql.fetch_all(_TAKE, params):
        raise RateLimited(
            "this member was written to often enough",
            api="message/send",
            retry_after_seconds=1 / PER_SECOND,
        )
