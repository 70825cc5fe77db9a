"""What a list of people says of each (名单说明)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from analytics.models import ActivityHour, FriendSpan
from analytics.selectors.people_list import PersonRow
from campaigns.selectors.channel_codes import code_names
from sop.models import JourneyRun


def told(rows: Sequence[PersonRow]) -> list[tuple[PersonRow, str]]:
    """Return rows with what else is known of each; one query."""
    codes = code_names(row.fact.state for row in rows if isinstance(row.fact, FriendSpan))
    return [(row, _detail(row, codes)) for row in rows]


def _detail(row: PersonRow, codes: Mapping[str, str]) -> str:
    """Say what else is known of the fact that makes a customer count."""
    fact = row.fact
    if isinstance(fact, FriendSpan):
        return " · ".join(_span(fact, codes)) or "—"
    if isinstance(fact, ActivityHour):
        return str(fact.get_kind_display())
    if isinstance(fact, JourneyRun):
        goal = _("达成「{goal}」").format(goal=fact.goal_name) if fact.goal_at else ""
        return " · ".join(filter(None, [str(fact.get_state_display()), goal]))
    return "—"


def _span(span: FriendSpan, codes: Mapping[str, str]) -> list[str]:
    said = []
    if span.state:
        said.append(_("渠道 {name}").format(name=codes.get(span.state, span.state)))
    if span.first_read_at:
        said.append(_("已阅读"))
    if span.first_reply_at:
        said.append(_("已回复"))
    if span.first_action_at:
        said.append(_("员工已跟进"))
    if span.ended_at:
        said.append(str(span.get_ended_by_display()))
    return said
