"""Telling operators at once that mass messages have stopped (群发告警)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from org.models import User
from touches.models import Dispatch
from touches.selectors.apps import senders_of
from touches.services.cards import text_message
from touches.services.plan import DispatchDraft, plan_calls

logger = logging.getLogger(__name__)

ALARM_VALIDITY: Final = timedelta(hours=4)


def alarm_of_stopped(reasons: Sequence[str], *, now: datetime) -> None:
    """Tell admins and operators who are staff as well that mass messages were stopped.

    WeCom's anti-spam (40201, 40204) or a wrong setting stops them until people act. One message a
    person and hour, however many stopped; in the caller's transaction.

    Args:
        reasons: Why, one for each that stopped.
    """
    if not reasons:
        return
    logger.error("mass_messages_stopped", extra={"count": len(reasons), "reason": reasons[0]})
    people = User.objects.filter(
        role__in=[User.Role.ADMIN, User.Role.OPERATOR],
        is_active=True,
        staff__left_at=None,
        staff__isnull=False,
    ).select_related("staff")
    members = [person.staff for person in people if person.staff is not None]
    senders = senders_of(member.corp_id for member in members)
    text = _("群发已停止，请尽快处理：{reason}").format(reason=reasons[0][:200])
    plan_calls(
        [
            (
                f"mass_alarm:{member.pk}:{now:%Y%m%d%H}",
                DispatchDraft(
                    kind=Dispatch.Kind.STAFF_MESSAGE,
                    corp_id=member.corp_id,
                    app_id=senders[member.corp_id].app_id,
                    body=text_message(
                        userid=member.userid,
                        agent_id=senders[member.corp_id].agent_id,
                        content=text,
                    ),
                    deadline_at=now + ALARM_VALIDITY,
                ),
            )
            for member in members
            if member.corp_id in senders
        ],
        now=now,
    )
