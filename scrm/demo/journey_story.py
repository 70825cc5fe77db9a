"""The second half of the demo story: the journey goes on to the next noon."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final

from common import clock
from common.clock import SHANGHAI, local_date
from customers.models import Identity
from scrm.demo import world
from scrm.demo.phone import Phone
from scrm.demo.waiting import Step, event_of, outbox, run_ahead, step, wait_for
from sop.models import JourneyRun
from touches.models import Touch

NOON: Final = time(12, 26)
# Longer than the first wait between two looks at a mass message's results.
LOOK_AGAIN_SECONDS: Final = 75
STEP: Final = "switch_food"


def go_on(
    run: JourneyRun, identity: Identity, userid: str, phone: Phone, begun: float
) -> Iterator[Step]:
    """Let a day pass: the journey plans a mass message, staff confirm it, the customer reads it.

    Yields:
        One step after the other, as it happens.

    Raises:
        StoryBroken: a step did not happen in time.
    """
    journey = run.journey
    told = f"{journey.code} {journey.name} v{run.version.number},实验组"
    yield step("进入旅程", f"{told};等到次日时段", begun)
    noon = datetime.combine(local_date(run.entered_at + timedelta(days=1)), NOON, tzinfo=SHANGHAI)
    run_ahead(max(0.0, (noon - clock.now()).total_seconds()))
    touch = wait_for("the mass message", lambda: _touch(run))
    at = touch.due_at.astimezone(SHANGHAI)
    yield step("旅程计划触达", f"{at:%m-%d %H:%M} 企业群发《{touch.title}》,占用当日额度", begun)
    msgid = wait_for("the mass task", lambda: _task_of(touch, userid))
    yield step("待员工确认", f"{userid} 的企业微信里出现群发任务", begun)
    world.act("confirm_mass_send", msgid=msgid, member=userid)
    link = wait_for("the message", lambda: _mass_link(identity.value, msgid))
    yield step("员工一键发送", f"{userid} 确认,客户手机收到群发和链接 {link}", begun)
    run_ahead(LOOK_AGAIN_SECONDS)
    wait_for("the result", lambda: event_of(identity, "touch_sent", touch_uid=str(touch.uid)))
    yield step("送达成功", "企业微信返回送达结果,额度记到当日", begun)
    title = phone.open(link)
    code = link.rpartition("/")[2]
    wait_for("the opening", lambda: event_of(identity, "link_opened", link_code=code))
    run.refresh_from_db()
    yield step("客户打开群发", f"《{title}》;旅程停在「{run.step}」", begun)


def _touch(run: JourneyRun) -> Touch | None:
    return Touch.objects.filter(
        origin_kind="journey", origin_id=str(run.pk), origin_step=STEP
    ).first()


def _task_of(touch: Touch, userid: str) -> str | None:
    """Return the message id of the touch's task once it is on the member's phone."""
    touch.refresh_from_db()
    if touch.dispatch is None or not touch.dispatch.wecom_ref:
        return None
    msgid = touch.dispatch.wecom_ref
    entries = outbox("member", userid)
    return msgid if any(_is_of(entry, "mass_task", msgid) for entry in entries) else None


def _mass_link(external_userid: str, msgid: str) -> str | None:
    """Return the tracked link that stands in the mass message, once the customer has it."""
    for entry in outbox("customer", external_userid):
        if _is_of(entry, "mass_message", msgid):
            for attachment in entry["payload"]["attachments"]:
                if attachment["msgtype"] == "link":
                    return str(attachment["link"]["url"])
    return None


def _is_of(entry: dict[str, Any], kind: str, msgid: str) -> bool:
    return bool(entry["kind"] == kind and entry["payload"].get("msgid") == msgid)
