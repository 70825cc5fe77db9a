"""Channel codes as a viewer may see them, with their counts (渠道活码列表)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from campaigns.errors import UnknownCode
from campaigns.models import ChannelCode
from common import sql
from org.models import User
from org.selectors.scope import visible_staff_ids

_COUNTS: Final = """
WITH brought AS (
    SELECT code.id, count(*) AS added_count,
           count(*) FILTER (WHERE follow.status = 'friend') AS friend_count,
           max(follow.added_at) AS last_added_at
      FROM campaigns_channelcode code
      JOIN org_staff staff ON staff.corp_id = code.corp_id
      JOIN customers_follow follow ON follow.staff_id = staff.id AND follow.state = code.state
                                AND follow.state <> ''
     WHERE code.id = ANY(%(ids)s)
     GROUP BY code.id
), sent AS (
    SELECT touch.origin_id::bigint AS id,
           count(*) FILTER (WHERE lane = 'W' AND touch.state = 'delivered') AS welcomed_count,
           count(*) FILTER (WHERE lane = 'W' AND touch.state <> 'delivered') AS unwelcomed_count,
           count(*) FILTER (WHERE lane = 'T') AS task_count,
           count(*) FILTER (WHERE lane = 'T' AND touch.state = 'confirmed') AS task_done_count
      FROM touches_touch touch
     WHERE touch.origin_kind = 'channel_code' AND touch.origin_id = ANY(%(texts)s)
     GROUP BY touch.origin_id
)
SELECT code.id, coalesce(added_count, 0), coalesce(friend_count, 0), last_added_at,
       coalesce(welcomed_count, 0), coalesce(unwelcomed_count, 0), coalesce(task_count, 0),
       coalesce(task_done_count, 0)
  FROM campaigns_channelcode code
  LEFT JOIN brought ON brought.id = code.id
  LEFT JOIN sent ON sent.id = code.id
 WHERE code.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class ChannelCodeCounts:
    """What a channel code brought (渠道数据); relations are counted by WeCom's channel state."""

    added_count: int = 0
    friend_count: int = 0
    last_added_at: datetime | None = None
    welcomed_count: int = 0
    unwelcomed_count: int = 0
    task_count: int = 0
    task_done_count: int = 0


def channel_codes_visible_to(viewer: User) -> QuerySet[ChannelCode]:
    """Return the channel codes that lead to staff in the viewer's scope, without an order."""
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is None:
        return ChannelCode.objects.all()
    leading = ChannelCode.staff.through.objects.filter(staff_id__in=staff_ids)
    return ChannelCode.objects.filter(id__in=leading.values("channelcode_id"))


def access_code(*, viewer: User, code_id: int) -> ChannelCode:
    """Return one channel code for a request.

    Raises:
        UnknownCode: there is none, or it leads to nobody in the viewer's scope; the two look alike.
    """
    code = (
        channel_codes_visible_to(viewer)
        .filter(pk=code_id)
        .select_related("corp", "app", "material", "created_by")
        .first()
    )
    if code is None:
        raise UnknownCode(str(code_id))
    return code


def count_channel_codes(codes: Sequence[ChannelCode]) -> dict[int, ChannelCodeCounts]:
    """Count what these codes brought, by code; one query."""
    ids = [code.pk for code in codes]
    rows = sql.fetch_all(_COUNTS, {"ids": ids, "texts": [str(pk) for pk in ids]})
    return {row[0]: ChannelCodeCounts(*row[1:]) for row in rows}


def code_names(states: Iterable[str]) -> dict[str, str]:
    """Return the names of channel codes by their mark (渠道标识); no query without marks."""
    wanted = set(states) - {""}
    if not wanted:
        return {}
    return dict(ChannelCode.objects.filter(state__in=wanted).values_list("state", "name"))
