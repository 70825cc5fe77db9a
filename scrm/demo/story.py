"""The demo story (演示故事): a scan becomes a friend, a welcome, a task, a reading and an alert.

Every step is real: the sandbox plays the phones, everything between goes over HTTP, callbacks,
workers and the database. Each step is told with the seconds it took.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import close_old_connections

from campaigns.models import ChannelCode
from campaigns.services.channel_codes import push_channel_code
from common import clock
from customers.models import Event, Identity, Profile, TagAssignment
from org.models import Alert
from scrm.demo import world
from scrm.demo.codes import STORY_STATE
from scrm.demo.phone import Phone, StoryBroken
from touches.models import Touch

PATIENCE_SECONDS: Final = 30.0
LOOK_EVERY_SECONDS: Final = 0.05
READ_SECONDS: Final = 75
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, as it is told."""

    title: str
    detail: str
    seconds: float


def play(*, name: str) -> Iterator[Step]:
    """Play the story once with a new customer of this name.

    Yields:
        One step after the other, as it happens.

    Raises:
        StoryBroken: a step did not happen in time.
    """
    code = _story_code()
    begun = time.monotonic()
    friend = world.act(
        "scan_contact_way", state=STORY_STATE, customer=f"story-{time.time_ns()}", name=name
    )
    external_userid, userid = friend["external_userid"], friend["userid"]
    identity = _wait("the customer", lambda: _identity(external_userid))
    uid = identity.customer.uid
    yield _step("扫码加好友", f"{name} 扫了「{code.name}」,加上 {userid};统一客户 ID {uid}", begun)
    link = _wait("the welcome", lambda: _welcome_link(external_userid))
    yield _step("欢迎语送达", f"客户手机收到欢迎语和专属链接 {link}", begun)
    tags = _wait("the tags", lambda: _tags(identity))
    yield _step("自动打标", "、".join(tags), begun)
    card = _wait("the task card", lambda: _card_of(userid, identity))
    yield _step("首个SOP任务", f"{userid} 收到任务卡「{card['title']}」", begun)
    world.act("click_card", member=userid, key="done", task_id=card["task_id"])
    _wait("the task's end", lambda: _event(identity, "staff_task_done"))
    yield _step("员工完成任务", f"{userid} 点了「已联系」", begun)
    yield from _reading(Phone(external_userid, settings.PUBLIC_URL), link, identity, userid, begun)


def _reading(
    phone: Phone, link: str, identity: Identity, userid: str, begun: float
) -> Iterator[Step]:
    title = phone.open(link)
    _wait("the opening", lambda: _event(identity, "link_opened"))
    yield _step("客户打开素材", f"《{title}》,读者由企业微信网页授权识别", begun)
    _advance(READ_SECONDS + 5)
    phone.read(seconds=READ_SECONDS, depth_percent=100)
    _wait("the reading", lambda: _event(identity, "link_dwelled"))
    alert = _wait("the alert", lambda: _alert(identity))
    yield _step("阅读进入画像", f"读了 {READ_SECONDS} 秒,读完;{_profile_line(identity)}", begun)
    _wait("the alert message", lambda: _told(userid, alert.title))
    yield _step("员工收到提醒", f"{userid}:{alert.title},{alert.body}", begun)


def _story_code() -> ChannelCode:
    code = ChannelCode.objects.filter(state=STORY_STATE).first()
    if code is None:
        raise StoryBroken("the demo company is not there; run `manage.py seed` first")
    return code if code.is_in_step else push_channel_code(code)


def _step(title: str, detail: str, begun: float) -> Step:
    return Step(title, detail, time.monotonic() - begun)


def _wait(what: str, look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(LOOK_EVERY_SECONDS)
        close_old_connections()
    raise StoryBroken(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")


def _identity(external_userid: str) -> Identity | None:
    return Identity.objects.filter(value=external_userid).select_related("customer").first()


def _event(identity: Identity, event_type: str) -> Event | None:
    return Event.objects.filter(identity=identity, type=event_type).first()


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


def _outbox(to_kind: str, to: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = world.ask("outbox", to_kind=to_kind, to=to)["entries"]
    return entries


def _welcome_link(external_userid: str) -> str | None:
    """Return the tracked link that stands in the customer's welcome, once it is there."""
    for entry in _outbox("customer", external_userid):
        if entry["kind"] == "welcome" and "link" in entry["payload"]:
            return str(entry["payload"]["link"]["url"])
    return None


def _card_of(userid: str, identity: Identity) -> dict[str, str] | None:
    """Return the staff member's task card about this customer, once it is on their phone."""
    touch = Touch.objects.filter(identity=identity, lane=Touch.Lane.TASK).first()
    for entry in _outbox("member", userid) if touch else ():
        card = entry["payload"].get("template_card")
        if touch and card and card["task_id"] == str(touch.uid):
            return {"task_id": card["task_id"], "title": card["main_title"]["title"]}
    return None


def _told(userid: str, title: str) -> bool:
    return any(title in str(entry) for entry in _outbox("member", userid))


def _advance(seconds: int) -> None:
    """Let the demo's time run ahead; every process has read the new time when this returns."""
    world.control("clock/advance", seconds=seconds)
    time.sleep(clock.OFFSET_CACHE_SECONDS + 0.1)
