"""The demo story (演示故事): from a scan to an alert, then a day later by journey to a reading.

Every step is real: the sandbox plays the phones, everything between goes over HTTP, callbacks,
workers and the database. Each step is told with the seconds it took.
"""

import time
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from campaigns.models import ChannelCode
from campaigns.services.channel_codes import push_channel_code
from customers.models import Identity, Profile, TagAssignment
from org.models import Alert
from scrm.demo import world
from scrm.demo.codes import STORY_STATE
from scrm.demo.journey_story import go_on
from scrm.demo.phone import Phone, StoryBroken
from scrm.demo.waiting import Step, event_of, outbox, run_ahead, step, wait_for
from sop.models import JourneyRun
from touches.models import Touch

READ_SECONDS: Final = 75
# One customer in ten is drawn into the control group, which is never written to.
MOST_FRIENDS: Final = 6


def play(*, name: str) -> Iterator[Step]:
    """Play the story once with a new customer of this name.

    Yields:
        One step after the other, as it happens.

    Raises:
        StoryBroken: a step did not happen in time.
    """
    code = _story_code()
    begun = time.monotonic()
    identity, userid, run = _befriend(name)
    yield step("扫码加好友", _told_of(code, name, userid, identity), begun)
    for _ in range(MOST_FRIENDS):
        if not run.is_control:
            break
        yield step("抽中对照组", "旅程只观察这位客户,不触达;换一位客户继续", begun)
        identity, userid, run = _befriend(name)
        yield step("扫码加好友", _told_of(code, name, userid, identity), begun)
    link = wait_for("the welcome", lambda: _welcome_link(identity.value))
    yield step("欢迎语送达", f"客户手机收到欢迎语和专属链接 {link}", begun)
    tags = wait_for("the tags", lambda: _tags(identity))
    yield step("自动打标", "、".join(tags), begun)
    card = wait_for("the task card", lambda: _card_of(userid, identity))
    yield step("首个SOP任务", f"{userid} 收到任务卡「{card['title']}」", begun)
    world.act("click_card", member=userid, key="done", task_id=card["task_id"])
    wait_for("the task's end", lambda: event_of(identity, "staff_task_done"))
    yield step("员工完成任务", f"{userid} 点了「已联系」", begun)
    phone = Phone(identity.value, settings.PUBLIC_URL)
    yield from _reading(phone, link, identity, userid, begun)
    yield from go_on(run, identity, userid, phone, begun)


def _befriend(name: str) -> tuple[Identity, str, JourneyRun]:
    friend = world.act(
        "scan_contact_way", state=STORY_STATE, customer=f"story-{time.time_ns()}", name=name
    )
    identity = wait_for("the customer", lambda: _identity(friend["external_userid"]))
    return identity, friend["userid"], wait_for("the journey", lambda: _run(identity))


def _told_of(code: ChannelCode, name: str, userid: str, identity: Identity) -> str:
    uid = identity.customer.uid
    return f"{name} 扫了「{code.name}」,加上 {userid};统一客户 ID {uid}"


def _reading(
    phone: Phone, link: str, identity: Identity, userid: str, begun: float
) -> Iterator[Step]:
    title = phone.open(link)
    wait_for("the opening", lambda: event_of(identity, "link_opened"))
    yield step("客户打开素材", f"《{title}》,读者由企业微信网页授权识别", begun)
    run_ahead(READ_SECONDS + 5)
    phone.read(seconds=READ_SECONDS, depth_percent=100)
    wait_for("the reading", lambda: event_of(identity, "link_dwelled"))
    alert = wait_for("the alert", lambda: _alert(identity))
    yield step("阅读进入画像", f"读了 {READ_SECONDS} 秒,读完;{_profile_line(identity)}", begun)
    wait_for("the alert message", lambda: _told(userid, alert.title))
    yield step("员工收到提醒", f"{userid}:{alert.title},{alert.body}", begun)


def _story_code() -> ChannelCode:
    code = ChannelCode.objects.filter(state=STORY_STATE).first()
    if code is None:
        raise StoryBroken("the demo company is not there; run `manage.py seed` first")
    return code if code.is_in_step else push_channel_code(code)


def _identity(external_userid: str) -> Identity | None:
    return Identity.objects.filter(value=external_userid).select_related("customer").first()


def _tags(identity: Identity) -> list[str]:
    return list(TagAssignment.objects.filter(identity=identity).values_list("tag__name", flat=True))


def _alert(identity: Identity) -> Alert | None:
    return Alert.objects.filter(customer_id=identity.customer_id, kind="high_intent").first()


def _profile_line(identity: Identity) -> str:
    profile = Profile.objects.get(customer_id=identity.customer_id)
    return (
        f"画像:打开 {profile.open_count} 次,阅读 {profile.read_seconds} 秒,"
        f"阶段 {profile.get_stage_display()}"
    )


def _welcome_link(external_userid: str) -> str | None:
    """Return the tracked link that stands in the customer's welcome, once it is there."""
    for entry in outbox("customer", external_userid):
        if entry["kind"] == "welcome" and "link" in entry["payload"]:
            return str(entry["payload"]["link"]["url"])
    return None


def _card_of(userid: str, identity: Identity) -> dict[str, str] | None:
    """Return the staff member's task card about this customer, once it is on their phone."""
    touch = Touch.objects.filter(identity=identity, lane=Touch.Lane.TASK).first()
    for entry in outbox("member", userid) if touch else ():
        card = entry["payload"].get("template_card")
        if touch and card and card["task_id"] == str(touch.uid):
            return {"task_id": card["task_id"], "title": card["main_title"]["title"]}
    return None


def _told(userid: str, title: str) -> bool:
    return any(title in str(entry) for entry in outbox("member", userid))


def _run(identity: Identity) -> JourneyRun | None:
    return JourneyRun.objects.filter(identity=identity, journey__code="J01").first()
