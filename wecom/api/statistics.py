"""What WeCom counts about members' work (数据统计), wecom-api §14."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from wecom.answers import Key, load_list
from wecom.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorDay:
    """One day, summed over all members asked for; single chats only.

    `reply_percentage` and `avg_reply_time` (minutes) are absent on days without conversations.
    """

    day_at: Annotated[datetime, Key("stat_time")]
    chat_count: Annotated[int, Key("chat_cnt")] = 0
    message_count: Annotated[int, Key("message_cnt")] = 0
    reply_percentage: float | None = None
    average_reply_minutes: Annotated[float | None, Key("avg_reply_time")] = None
    lost_count: Annotated[int, Key("negative_feedback_cnt")] = 0
    apply_count: Annotated[int, Key("new_apply_cnt")] = 0
    new_contact_count: Annotated[int, Key("new_contact_cnt")] = 0


def user_behavior_data(
    client: Client,
    *,
    begin_at: datetime,
    end_at: datetime,
    userids: Sequence[str] = (),
    department_ids: Sequence[int] = (),
) -> tuple[BehaviorDay, ...]:
    """Return one row a day for up to 30 days in the last 180; call once a member for own rows.

    Args:
        client: The app's client.
        begin_at: First day, any time of it.
        end_at: Last day, included; today is not counted yet.
        userids: Up to 100.
        department_ids: Up to 100; not both empty.

    Source: wecom-api §14, externalcontact/get_user_behavior_data.
    """
    api = "externalcontact/get_user_behavior_data"
    body: dict[str, Any] = {
        "start_time": int(begin_at.timestamp()),
        "end_time": int(end_at.timestamp()),
    }
    if userids:
        body["userid"] = list(userids)
    if department_ids:
        body["partyid"] = list(department_ids)
    return load_list(BehaviorDay, client.post(api, body), "behavior_data", api=api)
