"""What the address of a code's pages says: the period, and which of its people are wanted."""

from datetime import date, datetime
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.selectors.code_story import PeopleFilter, start_of
from customers.models import Profile
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
    return PeopleFilter(
        since=start_of(period_of(request), now=now) if has_period else None,
        added_on=added_on,
        lost_on=lost_on,
        is_lost=request.GET.get("lost") == "1",
        staff_id=number_of(request.GET.get("staff")),
        stage=stage if stage in Profile.Stage.values else "",
    )


def people_words(wanted: PeopleFilter) -> list[str]:
    """Say in words which people are shown."""
    words = []
    if wanted.since is not None:
        words.append(_("{day} 起添加").format(day=_day(wanted.since)))
    if wanted.added_on is not None:
        words.append(_("{day} 添加").format(day=wanted.added_on.isoformat()))
    if wanted.lost_on is not None:
        words.append(_("{day} 删除员工").format(day=wanted.lost_on.isoformat()))
    if wanted.is_lost:
        words.append(_("已删除员工"))
    if wanted.staff_id is not None:
        member = Staff.objects.filter(pk=wanted.staff_id).first()
        words.append(str(member) if member else _("未知员工"))
    if wanted.stage:
        words.append(str(Profile.Stage(wanted.stage).label))
    return words


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
