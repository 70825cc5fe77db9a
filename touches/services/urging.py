"""A lead's one-tap reminder (催办): a message of ours to a member whose mass message waits."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from common.clock import SHANGHAI
from touches.errors import NoSender, NothingToConfirm
from touches.models import Dispatch, MassTask
from touches.selectors.apps import senders_of
from touches.selectors.desk import open_mass_tasks
from touches.services.cards import text_message
from touches.services.mass_reminders import MESSAGE_VALIDITY
from touches.services.plan import DispatchDraft, plan_calls


def urge(*, task_id: int, staff_ids: Collection[int], by: str, now: datetime) -> bool:
    """Remind a member of a mass message that waits for their tap (催办).

    One transaction. At most once an hour a task, whoever asks; false when that was done already.

    Args:
        staff_ids: Whose tasks the lead may see.
        by: The lead's name, which the message bears.

    Raises:
        NothingToConfirm: there is no such task, it is somebody else's, or it is confirmed by now.
        NoSender: the corp has no app to call with.
    """
    task = (
        open_mass_tasks(staff_ids=staff_ids, now=now)
        .filter(pk=task_id)
        .select_related("staff")
        .first()
    )
    if task is None:
        raise NothingToConfirm(str(task_id))
    return plan_calls([(_key(task, now), _message(task, by, now=now))], now=now) == 1


def _key(task: MassTask, now: datetime) -> str:
    return f"mass_urge:{task.pk}:{now.astimezone(SHANGHAI):%Y%m%d%H}"


def _message(task: MassTask, by: str, *, now: datetime) -> DispatchDraft:
    corp_id = task.staff.corp_id
    sender = senders_of([corp_id]).get(corp_id)
    if sender is None:
        raise NoSender(str(corp_id))
    until = f"{task.valid_until.astimezone(SHANGHAI):%H:%M}"
    content = _("{by} 提醒你：群发「{title}」待确认（{time} 前有效），请打开「群发助手」发送。")
    return DispatchDraft(
        kind=Dispatch.Kind.STAFF_MESSAGE,
        corp_id=corp_id,
        app_id=sender.app_id,
        body=text_message(
            userid=task.staff.userid,
            agent_id=sender.agent_id,
            content=content.format(by=by, title=task.title, time=until),
        ),
        deadline_at=now + MESSAGE_VALIDITY,
    )
