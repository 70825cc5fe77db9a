"""Asking for the present state of something to be read from WeCom (核对请求)."""

from collections.abc import Iterable
from datetime import datetime

from common import bell, sql
from customers.models import RefreshRequest

_REQUEST = """
INSERT INTO customers_refreshrequest AS open
       (corp_id, kind, key, version, requested_at, due_at, attempts, last_error)
SELECT %(corp)s, %(kind)s, key, 1, %(now)s, %(now)s, 0, ''
  FROM unnest(%(keys)s::text[]) AS key
ON CONFLICT (corp_id, kind, key) DO UPDATE
   SET version = open.version + 1, requested_at = excluded.requested_at,
       due_at = least(open.due_at, excluded.due_at), attempts = 0
"""


def request_refresh(
    *, corp_pk: int, kind: RefreshRequest.Kind, keys: Iterable[str], now: datetime
) -> None:
    """Ask for these things to be read again, in the caller's transaction; repeats fold into one.

    Args:
        kind: What they are; `tags` and `contacts` take the one key ''.
        keys: external_userids or chat ids.
    """
    wanted = sorted(set(keys))
    if wanted:
        sql.execute(
            _REQUEST, {"corp": corp_pk, "kind": str(kind.value), "keys": wanted, "now": now}
        )
        bell.ring("scrm.refresh_customers")
