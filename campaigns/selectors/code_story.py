"""One channel code day by day (渠道统计): adds and losses, by staff, stages reached, the people."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import F, QuerySet

from campaigns.models import ChannelCode
from campaigns.selectors.code_figures import COHORT
from common import sql
from common.clock import local_date
from customers.models import Follow
from customers.selectors.periods import midnight, start_of
from org.models import User
from org.selectors.scope import visible_staff_ids

_DAYS: Final = """
SELECT day.local::date, coalesce(added.count, 0), coalesce(lost.count, 0)
  FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day(local)
  LEFT JOIN (
       SELECT (follow.added_at AT TIME ZONE 'Asia/Shanghai')::date AS local, count(*) AS count
         FROM customers_follow follow JOIN org_staff staff ON staff.id = follow.staff_id
        WHERE follow.state = %(state)s AND staff.corp_id = %(corp)s
          AND follow.added_at >= %(since)s
          AND (%(staff)s::bigint[] IS NULL OR staff.id = ANY(%(staff)s))
        GROUP BY 1) added ON added.local = day.local
  LEFT JOIN (
       SELECT (follow.customer_deleted_at AT TIME ZONE 'Asia/Shanghai')::date AS local,
              count(*) AS count
         FROM customers_follow follow JOIN org_staff staff ON staff.id = follow.staff_id
        WHERE follow.state = %(state)s AND staff.corp_id = %(corp)s
          AND follow.customer_deleted_at >= %(since)s AND follow.added_at IS NOT NULL
          AND (%(staff)s::bigint[] IS NULL OR staff.id = ANY(%(staff)s))
        GROUP BY 1) lost ON lost.local = day.local
 ORDER BY day.local
"""
_BY_STAFF: Final = """
SELECT staff.id, coalesce(nullif(staff.name, ''), staff.userid), staff.left_at IS NOT NULL,
       count(*), count(*) FILTER (WHERE follow.status = 'friend'),
       count(*) FILTER (WHERE follow.customer_deleted_at >= follow.added_at)
  FROM customers_follow follow JOIN org_staff staff ON staff.id = follow.staff_id
 WHERE follow.state = %(state)s AND staff.corp_id = %(corp)s AND follow.added_at >= %(since)s
   AND (%(staff)s::bigint[] IS NULL OR staff.id = ANY(%(staff)s))
 GROUP BY staff.id ORDER BY 4 DESC, staff.id
"""
_BY_STAGE: Final = """
SELECT profile.stage, count(*)
  FROM customers_follow follow
  JOIN org_staff staff ON staff.id = follow.staff_id
  JOIN customers_identity identity ON identity.id = follow.identity_id
  JOIN customers_profile profile ON profile.customer_id = identity.customer_id
 WHERE follow.state = %(state)s AND staff.corp_id = %(corp)s AND follow.added_at >= %(since)s
   AND (%(staff)s::bigint[] IS NULL OR staff.id = ANY(%(staff)s))
 GROUP BY profile.stage
"""


@dataclass(frozen=True, slots=True)
class CodeDay:
    """One local day of a code."""

    on: date
    added_count: int
    lost_count: int


@dataclass(frozen=True, slots=True)
class CodeStaff:
    """What a code brought to one staff member; `lost_count` deleted them since."""

    staff_id: int
    name: str
    has_left: bool
    added_count: int
    friend_count: int
    lost_count: int


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which of a code's people are wanted; every field narrows.

    `added_on` and `lost_on` are local days, `since` is a moment, `stage` a stage's value. `cohort`
    is (the end of the 30 days of a loss rate, within which time they left).
    """

    since: datetime | None = None
    added_on: date | None = None
    lost_on: date | None = None
    is_lost: bool = False
    is_friend: bool = False
    cohort: tuple[datetime, timedelta] | None = None
    staff_id: int | None = None
    stage: str = ""


def days_of(code: ChannelCode, *, viewer: User, days: int, now: datetime) -> list[CodeDay]:
    """Return the last so many local days of a code, today included; one query."""
    last = local_date(now)
    first = last - timedelta(days=days - 1)
    rows = sql.fetch_all(
        _DAYS, _scope(code, viewer, days=days, now=now) | {"first": first, "last": last}
    )
    return [CodeDay(*row) for row in rows]


def staff_split_of(code: ChannelCode, *, viewer: User, days: int, now: datetime) -> list[CodeStaff]:
    """Return what a code brought to each staff member in these days, most first; one query."""
    rows = sql.fetch_all(_BY_STAFF, _scope(code, viewer, days=days, now=now))
    return [CodeStaff(*row) for row in rows]


def stages_of(code: ChannelCode, *, viewer: User, days: int, now: datetime) -> dict[str, int]:
    """Return how many of these days' relations are with customers at each stage; one query."""
    return dict(sql.fetch_all(_BY_STAGE, _scope(code, viewer, days=days, now=now)))


def people_of(code: ChannelCode, wanted: PeopleFilter, *, viewer: User) -> QuerySet[Follow]:
    """Return the relations that a code brought, in the viewer's scope, latest first."""
    rows = Follow.objects.filter(
        state=code.state, staff__corp_id=code.corp_id, added_at__isnull=False
    ).select_related("staff", "identity__customer__profile")
    staff_ids = visible_staff_ids(viewer)
    if staff_ids is not None:
        rows = rows.filter(staff_id__in=staff_ids)
    return rows.filter(**_conditions(wanted)).order_by("-added_at", "-id")


def _scope(code: ChannelCode, viewer: User, *, days: int, now: datetime) -> dict[str, Any]:
    return {
        "state": code.state,
        "corp": code.corp_id,
        "since": start_of(days, now=now),
        "staff": visible_staff_ids(viewer),
    }


def _conditions(wanted: PeopleFilter) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"added_at__gte": wanted.since} if wanted.since else {},
        _day("added_at", wanted.added_on) if wanted.added_on else {},
        _day("customer_deleted_at", wanted.lost_on) if wanted.lost_on else {},
        {"customer_deleted_at__gte": F("added_at")} if wanted.is_lost else {},
        {"status": Follow.Status.FRIEND} if wanted.is_friend else {},
        _cohort(*wanted.cohort) if wanted.cohort else {},
        {"staff_id": wanted.staff_id} if wanted.staff_id is not None else {},
        {"identity__customer__profile__stage": wanted.stage} if wanted.stage else {},
    ]
    return {name: value for part in parts for name, value in part.items()}


def _cohort(until: datetime, within: timedelta) -> dict[str, Any]:
    """Return who is counted as lost in a loss rate: see `code_figures`."""
    return {
        "added_at__range": (until - COHORT, until),
        "customer_deleted_at__gte": F("added_at"),
        "customer_deleted_at__lt": F("added_at") + within,
    }


def _day(field: str, on: date) -> dict[str, Any]:
    begins = midnight(on)
    return {f"{field}__gte": begins, f"{field}__lt": begins + timedelta(days=1)}
