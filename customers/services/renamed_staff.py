"""What a member's new userid means for their customers (成员改名)."""

from datetime import datetime

from common import sql
from customers.models import RefreshRequest
from customers.services.groups import rename_group_member
from customers.services.refresh_requests import request_refresh
from org.services.staff import rename_staff
from org.services.staff_doubles import absorb_staff, find_doubled_staff

_CUSTOMERS = """
SELECT identity.value FROM customers_follow follow
  JOIN customers_identity identity ON identity.id = follow.identity_id
 WHERE follow.staff_id = %s
"""
# As the fold would have it, had all the events been one member's.
_LATEST_FRIENDSHIPS = """
UPDATE customers_friendship kept SET is_friend = doubled.is_friend, changed_at = doubled.changed_at
  FROM customers_friendship doubled
 WHERE kept.staff_id = %s AND doubled.staff_id = %s AND doubled.identity_id = kept.identity_id
   AND doubled.changed_at >= kept.changed_at
"""


def follow_rename(*, corp_pk: int, userid: str, new_userid: str, now: datetime) -> None:
    """Follow a member to their new userid (改名), in the caller's transaction.

    Whoever was read under the new userid before we heard of the rename becomes one row again, with
    the whole history; the relations that both rows had are read from WeCom once more.
    """
    doubled = find_doubled_staff(corp_pk=corp_pk, userid=userid, new_userid=new_userid)
    if doubled is not None:
        kept_id, doubled_id = doubled
        customers = [value for (value,) in sql.fetch_all(_CUSTOMERS, [doubled_id])]
        kind = RefreshRequest.Kind.CUSTOMER
        request_refresh(corp_pk=corp_pk, kind=kind, keys=customers, now=now)
        sql.execute(_LATEST_FRIENDSHIPS, [kept_id, doubled_id])
        absorb_staff(kept_id=kept_id, doubled_id=doubled_id)
    rename_staff(corp_pk=corp_pk, userid=userid, new_userid=new_userid)
    rename_group_member(corp_pk=corp_pk, userid=userid, new_userid=new_userid)
