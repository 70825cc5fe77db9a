"""How many mass messages WeCom lets one customer receive (接收额度). Source: wecom-api §11.2."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from wecom.models.corp import MassQuota

_DAYS_OF_A_WEEK: Final = 7
_LEGACY_A_MONTH: Final = 4


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """The days over which WeCom counts, both included, and how many it allows in them."""

    first: date
    last: date
    limit: int


@lru_cache(maxsize=256)
def quota_window(mode: str, day: date) -> QuotaWindow:
    """Return the window of a corp's quota mode (群发规则) that a day of Asia/Shanghai lies in.

    Months and weeks are those of the calendar; a week begins on Monday.
    """
    match mode:
        case MassQuota.DAY_1:
            return QuotaWindow(day, day, 1)
        case MassQuota.WEEK_7:
            monday = day - timedelta(days=day.weekday())
            return QuotaWindow(monday, monday + timedelta(days=6), _DAYS_OF_A_WEEK)
        case _:
            days = calendar.monthrange(day.year, day.month)[1]
            limit = _LEGACY_A_MONTH if mode == MassQuota.MONTH_4 else days
            return QuotaWindow(day.replace(day=1), day.replace(day=days), limit)
