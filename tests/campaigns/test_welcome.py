"""One welcome a code, chosen by channel, staff and time, inside its twenty seconds."""

import json
from datetime import time, timedelta
from typing import Any

import pytest

from campaigns.models import DefaultWelcome, WelcomeVariant
from campaigns.services.welcome import plan_welcomes
from content.models import Material, TrackedLink
from customers.models import Customer, Identity
from tests.campaigns.world import HALF, add_xml, make_code, receive
from tests.makers import NOW, make_app, make_person, make_staff
from tests.touches.world import Script, pump
from touches.models import Dispatch, Touch
from wecom import errors

pytestmark = pytest.mark.django_db

FRIEND = "wmTESTexternal000000000000000001"


def said() -> dict[str, Any]:
    """What the one planned welcome says."""
    return json.loads(Dispatch.objects.get().payload)


def test_a_new_friend_is_welcomed_by_their_channel():
    code = make_code()
    receive(add_xml(FRIEND))
    assert plan_welcomes(now=NOW + timedelta(seconds=1)) == 1
    touch, dispatch = Touch.objects.get(), Dispatch.objects.get()
    assert (touch.lane, touch.origin_kind, touch.origin_id) == ("W", "channel_code", str(code.pk))
    assert touch.identity_id == Identity.objects.get(value=FRIEND).pk
    assert dispatch.deadline_at == touch.valid_until == NOW + timedelta(seconds=20)
    assert (dispatch.kind, dispatch.app_id) == ("welcome", code.app_id)
    assert said() == {
        "welcome_code": "CODE-1",
        "text": {"content": "朋友, 您好, 我是zhangsan"},
    }


def test_a_customer_we_know_is_called_by_name():
    make_code()
    make_person(FRIEND)
    Customer.objects.update(name="林女士")
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    assert said()["text"]["content"] == "林女士, 您好, 我是zhangsan"


def test_however_often_and_through_whichever_app_the_callback_comes_there_is_one_welcome():
    code = make_code()
    second = make_app(code.corp, slug="second", agent_id=1000003)
    xml = add_xml(FRIEND)
    receive(xml)
    receive(xml, second)
    assert plan_welcomes(now=NOW) == 1
    receive(xml)
    receive(add_xml(FRIEND, change=HALF))
    assert plan_welcomes(now=NOW) == 0
    script = Script()
    pump(script, Dispatch.Kind.WELCOME)
    assert (Touch.objects.count(), len(script.calls)) == (1, 1)
    assert Touch.objects.get().state == "delivered"


def test_the_same_person_added_again_later_is_welcomed_again():
    make_code()
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    later = NOW + timedelta(days=3)
    receive(add_xml(FRIEND, welcome_code="CODE-2", at=later))
    assert plan_welcomes(now=later) == 1


def test_a_callback_that_comes_too_late_leaves_a_reason():
    make_code()
    receive(add_xml(FRIEND))
    assert plan_welcomes(now=NOW + timedelta(seconds=20)) == 1
    touch = Touch.objects.get()
    assert (touch.state, touch.reason) == ("expired", "处理时欢迎语已超过 20 秒")
    assert not Dispatch.objects.exists()
    assert plan_welcomes(now=NOW + timedelta(seconds=21)) == 0


def test_a_welcome_that_waits_too_long_in_the_queue_is_not_sent():
    make_code()
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    script = Script()
    pump(script, Dispatch.Kind.WELCOME, now=NOW + timedelta(seconds=20))
    assert script.calls == []
    assert Touch.objects.get().state == "expired"


def test_the_chat_has_begun_already():
    make_code()
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    pump(Script(errors.WelcomeNotNeeded("41051")), Dispatch.Kind.WELCOME)
    assert Touch.objects.get().state == "refused"


def test_without_a_channel_the_company_speaks_and_else_nobody():
    code = make_code()
    receive(add_xml(FRIEND, state=""))
    assert plan_welcomes(now=NOW) == 0
    DefaultWelcome.objects.create(corp=code.corp, text="欢迎")
    receive(add_xml(FRIEND, state="elsewhere", welcome_code="CODE-2"))
    assert plan_welcomes(now=NOW) == 1
    assert Touch.objects.get().origin_kind == "default_welcome"


def test_a_code_that_was_switched_off_does_not_speak():
    code = make_code(is_enabled=False)
    DefaultWelcome.objects.create(corp=code.corp, text="欢迎")
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    assert said()["text"]["content"] == "欢迎"


@pytest.mark.parametrize(
    ("hour_utc", "userid", "expected"),
    [
        (3, "zhangsan", "白天"),
        (15, "zhangsan", "夜间"),
        (22, "zhangsan", "夜间"),
        (3, "lisi", "李四专属"),
        (15, "lisi", "李四专属"),
    ],
)
def test_the_variant_fits_staff_and_time(hour_utc, userid, expected):
    code = make_code(text="白天")
    lisi = make_staff("lisi", code.corp)
    WelcomeVariant.objects.create(
        channel_code=code, text="夜间", starts_at=time(22), ends_at=time(9)
    )
    WelcomeVariant.objects.create(channel_code=code, text="李四专属", staff=lisi, position=9)
    WelcomeVariant.objects.create(channel_code=code, text="别的星期", weekdays=[1], position=0)
    at = NOW.replace(hour=hour_utc)
    receive(add_xml(FRIEND, userid=userid, at=at))
    plan_welcomes(now=at)
    assert said()["text"]["content"] == expected


def test_a_material_becomes_a_link_of_this_persons_own():
    material = Material.objects.create(
        title="秋冬护肤" * 20, summary="三步", body="正文", created_at=NOW, updated_at=NOW
    )
    make_code(material=material, attachments=[{"msgtype": "image", "image": {"media_id": "M"}}])
    for number in (1, 2):
        receive(add_xml(FRIEND[:-1] + str(number), welcome_code=f"CODE-{number}"))
    plan_welcomes(now=NOW)
    links = {link.identity_id: link for link in TrackedLink.objects.all()}
    assert len(links) == 2
    for touch in Touch.objects.all():
        link, image = touch.content["attachments"]
        assert link["link"]["url"].endswith(f"/l/{links[touch.identity_id].code}")
        assert len(link["link"]["title"].encode()) <= 128
        assert image["msgtype"] == "image"


def test_a_burst_is_planned_in_a_constant_number_of_queries(django_assert_max_num_queries):
    make_code()
    for number in range(60):
        receive(add_xml(f"wmTESTburst{number:021d}", welcome_code=f"BURST-{number}"))
    with django_assert_max_num_queries(32):
        assert plan_welcomes(now=NOW) == 60


@pytest.mark.parametrize(("earlier", "planned"), [("refused", 1), ("delivered", 0)])
def test_agreeing_to_the_archive_brings_the_welcome_that_failed_before(earlier, planned):
    code = make_code()
    DefaultWelcome.objects.create(corp=code.corp, text="欢迎")
    receive(add_xml(FRIEND))
    plan_welcomes(now=NOW)
    Touch.objects.update(state=earlier)
    receive(add_xml(FRIEND, change="msg_audit_approved", welcome_code="CODE-9"))
    assert plan_welcomes(now=NOW) == planned
