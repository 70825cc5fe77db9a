"""What the address of a code's pages says: the period, and which of its people are wanted."""

from datetime import date, datetime
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.selectors.code_figures import DAY, WEEK
from campaigns.selectors.code_story import PeopleFilter
from customers.models import Profile
from customers.selectors.periods import start_of
from org.models import Staff

PERIODS: Final = (7, 30, 90, 365)
USUAL_PERIOD: Final = 30


def period_of(request: HttpRequest) -> int:
    """Return how many days are looked at; nonsense is the usual period."""
    days = number_of(request.GET.get("days"))
    return days if days in PERIODS else USUAL_PERIOD


def period_choices() -> list[tuple[int, str]]:
    """Return the periods with their labels."""
    return [(days, _("{days} 天").format(days=days)) for days in PERIODS]


def people_filter(request: HttpRequest, *, now: datetime) -> PeopleFilter:
    """Read which people are wanted; what is no date, number or stage narrows nothing."""
    added_on, lost_on = _date(request.GET.get("added_on")), _date(request.GET.get("lost_on"))
    has_period = "days" in request.GET and added_on is None and lost_on is None
    stage = request.GET.get("stage", "")
    left = {"day": DAY, "week": WEEK}.get(request.GET.get("left", ""))
    return PeopleFilter(
        since=start_of(period_of(request), now=now) if has_period else None,
        added_on=added_on,
        lost_on=lost_on,
        is_lost=request.GET.get("lost") == "1",
        is_friend=request.GET.get("kept") == "1",
        cohort=(now - left, left) if left else None,
        staff_id=number_of(request.GET.get("staff")),
        stage=stage if stage in Profile.Stage.values else "",
    )


def people_words(wanted: PeopleFilter) -> list[str]:
    """Say in words which people are shown."""
    words = [
        _("{day} 起添加").format(day=_day(wanted.since)) if wanted.since else "",
        _("{day} 添加").format(day=wanted.added_on.isoformat()) if wanted.added_on else "",
        _("{day} 删除员工").format(day=wanted.lost_on.isoformat()) if wanted.lost_on else "",
        _("已删除员工") if wanted.is_lost else "",
        _("仍是好友") if wanted.is_friend else "",
        _cohort_words(wanted),
        _staff_words(wanted.staff_id),
        str(Profile.Stage(wanted.stage).label) if wanted.stage else "",
    ]
    return [word for word in words if word]


def number_of(text: str | None) -> int | None:
    """Return a number of the size that rows have, or None."""
    return int(text) if text and text.isdecimal() and len(text) <= 9 else None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _cohort_words(wanted: PeopleFilter) -> str:
    if wanted.cohort is None:
        return ""
    if wanted.cohort[1] == DAY:
        return _("近 30 天加上，24 小时内删除员工")
    return _("近 30 天加上，7 天内删除员工")


def _staff_words(staff_id: int | None) -> str:
    if staff_id is None:
        return ""
    member = Staff.objects.filter(pk=staff_id).first()
    return str(member) if member else _("未知员工")
