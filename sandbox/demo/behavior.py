"""WeCom's per-member day figures (联系客户统计) of the last half year, summed from the plan."""

from sandbox.demo.months import DAY, HOUR
from sandbox.demo.plan import Plan
from sandbox.state import BehaviorDay, Corp

BEHAVIOR_DAYS = 180


def put_behavior(corp: Corp, plan: Plan) -> None:
    """Write the figures of every member and day into the corp."""
    since = plan.calendar.ends_at - BEHAVIOR_DAYS * DAY
    _put_talk(corp, plan, since)
    for buyer in plan.buyers:
        for link in buyer.links:
            if link.added_at >= since:
                figures = _day(corp, link.userid, link.added_at)
                figures.new_apply_cnt += 1
                figures.new_contact_cnt += 1
            if link.lost_at >= since and link.lost_by == "customer":
                _day(corp, link.userid, link.lost_at).negative_feedback_cnt += 1


def _put_talk(corp: Corp, plan: Plan, since: int) -> None:
    for message in plan.messages:
        if message.sent_at < since:
            continue
        figures = _day(corp, message.userid, message.sent_at)
        figures.chat_cnt += 1
        figures.customer_started += 1
        if message.replied_after:
            figures.replied += 1
            figures.message_cnt += 2
            figures.reply_minutes += round(message.replied_after / 60)


def _day(corp: Corp, userid: str, second: int) -> BehaviorDay:
    return corp.behavior.setdefault(userid, {}).setdefault(_midnight(second), BehaviorDay())


def _midnight(second: int) -> int:
    return (second + 8 * HOUR) // DAY * DAY - 8 * HOUR
