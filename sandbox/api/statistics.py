"""Contact and group statistics (wecom-api §9.4, §14)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.entities import GroupChat, JSONDict
from sandbox.errors import ApiError
from sandbox.mass_sending import local_midnight
from sandbox.traffic import BehaviorDay
from sandbox.visibility import find_seller

_DAY = 86_400


def _days(start: int, end: int, now: int) -> list[int]:
    if end < start or end - start > 30 * _DAY or start < now - 180 * _DAY:
        raise ApiError(40058, "time span must lie within 30 days and the last 180 days")
    first, last = local_midnight(start), local_midnight(end)
    return list(range(first, last + 1, _DAY))


@endpoint(
    "POST",
    "externalcontact/get_user_behavior_data",
    fields={"userid": [str], "partyid": [int], "start_time": int, "end_time": int},
    empty=["behavior_data"],
)
def get_user_behavior_data(call: Call) -> JSONDict:
    """Answer one row a day, summed over the given members; today's row is not there yet."""
    userids = set(call.texts("userid", 100))
    parties = [int(party) for party in call.body.get("partyid") or []]
    if not userids and not parties:
        raise ApiError(40035)
    if len(parties) > 100:
        raise ApiError(40058, "partyid holds more than 100")
    for userid in userids:
        find_seller(call.corp, call.app, userid)
    for party in parties:
        tree = call.corp.department_tree(party)
        userids |= {m.userid for m in call.corp.members.values() if tree & set(m.department)}
    days = _days(call.number("start_time"), call.number("end_time"), call.now)
    today = local_midnight(call.now)
    return {"behavior_data": [_day_row(call, userids, day) for day in days if day < today]}


def _day_row(call: Call, userids: set[str], day: int) -> JSONDict:
    total = BehaviorDay()
    for userid in userids:
        figures = call.corp.behavior.get(userid, {}).get(day)
        if figures is not None:
            for name in BehaviorDay.__slots__:
                setattr(total, name, getattr(total, name) + getattr(figures, name))
    row: JSONDict = {
        "stat_time": day,
        "chat_cnt": total.chat_cnt,
        "message_cnt": total.message_cnt,
        "avg_reply_time": total.reply_minutes // max(total.replied, 1),
        "negative_feedback_cnt": total.negative_feedback_cnt,
        "new_apply_cnt": total.new_apply_cnt,
        "new_contact_cnt": total.new_contact_cnt,
    }
    if total.customer_started:
        row["reply_percentage"] = round(100 * total.replied / total.customer_started, 2)
    return row


_STATISTIC_FIELDS = {
    "day_begin_time": int,
    "day_end_time": int,
    "owner_filter": {"userid_list": [str]},
    "order_by": int,
    "order_asc": int,
    "offset": int,
    "limit": int,
}


def _owners(call: Call) -> list[str]:
    owners = [str(u) for u in call.mapping("owner_filter").get("userid_list") or []]
    if not 1 <= len(owners) <= 100:
        raise ApiError(40058, "owner_filter.userid_list must hold 1…100")
    return [find_seller(call.corp, call.app, userid).userid for userid in owners]


def _group_figures(chats: list[GroupChat], begin: int, end: int) -> JSONDict:
    live = [chat for chat in chats if not chat.dismissed and chat.create_time < end]
    members = [m for chat in live for m in chat.members.values() if m.join_time < end]
    return {
        "new_chat_cnt": sum(begin <= chat.create_time < end for chat in live),
        "chat_total": len(live),
        "chat_has_msg": 0,
        "new_member_cnt": sum(begin <= member.join_time < end for member in members),
        "member_total": len(members),
        "member_has_msg": 0,
        "msg_total": 0,
        "migrate_trainee_chat_cnt": 0,
    }


@endpoint("POST", "externalcontact/groupchat/statistic", fields=_STATISTIC_FIELDS, empty=["items"])
def groupchat_statistic(call: Call) -> JSONDict:
    """Answer one row per owner over a span of days."""
    owners = _owners(call)
    begin = call.number("day_begin_time")
    days = _days(begin, call.number("day_end_time", begin), call.now)
    columns = {1: "new_chat_cnt", 2: "chat_total", 3: "new_member_cnt", 4: "member_total"}
    column = columns.get(call.number("order_by", 1), "new_chat_cnt")
    rows = [
        {"owner": owner, "data": _group_figures(_chats(call, {owner}), days[0], days[-1] + _DAY)}
        for owner in owners
    ]
    rows.sort(key=lambda row: row["data"][column], reverse=call.number("order_asc") != 1)  # type: ignore[index]  # rows hold figures
    offset, limit = call.number("offset"), call.number("limit", 500)
    chosen = rows[offset : offset + limit]
    return {"total": len(rows), "next_offset": offset + len(chosen), "items": chosen}


@endpoint(
    "POST",
    "externalcontact/groupchat/statistic_group_by_day",
    fields=_STATISTIC_FIELDS,
    empty=["items"],
)
def groupchat_statistic_by_day(call: Call) -> JSONDict:
    """Answer one row per day over all given owners."""
    chats = _chats(call, set(_owners(call)))
    begin = call.number("day_begin_time")
    days = _days(begin, call.number("day_end_time", begin), call.now)
    return {
        "items": [
            {"stat_time": day, "data": _group_figures(chats, day, day + _DAY)} for day in days
        ]
    }


def _chats(call: Call, owners: set[str]) -> list[GroupChat]:
    return [chat for chat in call.corp.group_chats.values() if chat.owner in owners]
