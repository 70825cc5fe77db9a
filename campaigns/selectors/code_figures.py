"""What channel codes brought, and whether they are well (渠道数据与健康), in the viewer's scope.

Losses are customers who deleted the staff member. A rate is taken over those who were added in the
last 30 days and have had the time to leave: a day, or seven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from campaigns.models import ChannelCode
from common import sql
from customers.selectors.periods import start_of
from org.models import User
from org.selectors.scope import visible_staff_ids

# Field priors (operations §5): seven days without an add, 8 % lost in a day, 15 % in a week.
QUIET_DAYS: Final = 7
COHORT: Final = timedelta(days=30)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
DAY_LOSS_LIMIT: Final = 0.08
WEEK_LOSS_LIMIT: Final = 0.15
# Of fewer adds a rate says nothing yet.
ENOUGH_ADDS: Final = 20

_FIGURES: Final = """
SELECT code.id, count(follow.id),
       count(*) FILTER (WHERE follow.status = 'friend'),
       count(*) FILTER (WHERE follow.added_at >= %(week)s),
       max(follow.added_at),
       count(*) FILTER (WHERE follow.added_at BETWEEN %(now)s - interval '31 days'
                                                  AND %(now)s - interval '1 day'),
       count(*) FILTER (WHERE follow.added_at BETWEEN %(now)s - interval '31 days'
                                                  AND %(now)s - interval '1 day'
                          AND follow.customer_deleted_at >= follow.added_at
                          AND follow.customer_deleted_at < follow.added_at + interval '1 day'),
       count(*) FILTER (WHERE follow.added_at BETWEEN %(now)s - interval '37 days'
                                                  AND %(now)s - interval '7 days'),
       count(*) FILTER (WHERE follow.added_at BETWEEN %(now)s - interval '37 days'
                                                  AND %(now)s - interval '7 days'
                          AND follow.customer_deleted_at >= follow.added_at
                          AND follow.customer_deleted_at < follow.added_at + interval '7 days')
  FROM campaigns_channelcode code
  JOIN customers_follow follow
    ON follow.state = code.state AND follow.state <> '' AND follow.added_at IS NOT NULL
  JOIN org_staff staff ON staff.id = follow.staff_id AND staff.corp_id = code.corp_id
 WHERE code.id = ANY(%(ids)s) AND (%(staff)s::bigint[] IS NULL OR staff.id = ANY(%(staff)s))
 GROUP BY code.id
"""


@dataclass(frozen=True, slots=True)
class CodeFigures:
    """What one channel code brought (渠道数据), counted in relations of staff and customers."""

    added_count: int = 0
    friend_count: int = 0
    week_added_count: int = 0
    last_added_at: datetime | None = None
    day_cohort_count: int = 0
    day_lost_count: int = 0
    week_cohort_count: int = 0
    week_lost_count: int = 0

    @property
    def day_loss_ratio(self) -> float | None:
        """Who deleted the staff member within a day; None while nobody can have."""
        return _ratio(self.day_lost_count, self.day_cohort_count)

    @property
    def week_loss_ratio(self) -> float | None:
        """Who deleted the staff member within seven days; None while nobody can have."""
        return _ratio(self.week_lost_count, self.week_cohort_count)

    @property
    def is_day_loss_high(self) -> bool:
        """True when enough came and more than the limit left within a day."""
        return _is_high(self.day_loss_ratio, DAY_LOSS_LIMIT, self.day_cohort_count)

    @property
    def is_week_loss_high(self) -> bool:
        """True when enough came and more than the limit left within seven days."""
        return _is_high(self.week_loss_ratio, WEEK_LOSS_LIMIT, self.week_cohort_count)


def figures_of(
    codes: Sequence[ChannelCode], *, viewer: User, now: datetime
) -> dict[int, CodeFigures]:
    """Return what these codes brought to staff in the viewer's scope, by code; one query."""
    if not codes:
        return {}
    rows = sql.fetch_all(
        _FIGURES,
        {
            "ids": [code.pk for code in codes],
            "staff": visible_staff_ids(viewer),
            "now": now,
            "week": start_of(QUIET_DAYS, now=now),
        },
    )
    found = {row[0]: CodeFigures(*row[1:]) for row in rows}
    return {code.pk: found.get(code.pk, CodeFigures()) for code in codes}


def is_quiet(code: ChannelCode, figures: CodeFigures, *, now: datetime) -> bool:
    """Say whether a code that is on has brought nobody for a week, and is older than that."""
    return (
        code.is_enabled
        and not figures.week_added_count
        and (now - code.created_at).days >= QUIET_DAYS
    )


def is_ill(code: ChannelCode, figures: CodeFigures, *, now: datetime) -> bool:
    """Say whether somebody should look at a code: quiet, losing too many, or not at WeCom."""
    return code.is_enabled and (
        is_quiet(code, figures, now=now)
        or figures.is_day_loss_high
        or figures.is_week_loss_high
        or not code.is_in_step
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _is_high(ratio: float | None, limit: float, cohort: int) -> bool:
    return ratio is not None and cohort >= ENOUGH_ADDS and ratio > limit
