"""What a channel code brings with a friend: tags, a remark, the first task; each once."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from campaigns.services.reactions import apply_channel_tags, plan_first_task
from customers.models import Customer, Follow, Identity, RefreshRequest, Tag, TagAssignment
from customers.models.tag import TagGroup
from customers.services.ledger import LedgerEvent
from tests.campaigns.world import make_code
from tests.makers import NOW, make_person, make_staff
from tests.touches.world import INLINE, Script, pump
from touches.models import Dispatch, Touch
from touches.services.calls import Calls
from touches.services.pump import SendPump
from touches.services.remarks import plan_remark
from touches.services.sending import STAFF_KINDS

pytestmark = pytest.mark.django_db

FRIEND = "wmTESTexternal000000000000000001"


@pytest.fixture
def code():
    code = make_code(
        task_title="首次问候", task_body="自我介绍", task_delay_minutes=10, remark_template=""
    )
    group = TagGroup.objects.create(corp=code.corp, wecom_id="G", name="客户等级")
    for number, name in ((1, "VIP"), (2, "普通")):
        tag = Tag.objects.create(
            corp=code.corp, group=group, wecom_id=f"etTESTtag{number:023d}", name=name
        )
        if number == 1:
            code.tags.add(tag)
    return code


def added(code, *, state: str = "A01", key: str = "add:1", external: str = FRIEND) -> LedgerEvent:
    person = make_person(external, code.corp)
    staff = code.corp.staff.get(userid="zhangsan")
    Follow.objects.get_or_create(
        staff=staff, identity_id=person.identity_id, defaults={"status": "friend"}
    )
    return LedgerEvent(
        id=1,
        type="friend_added",
        key=key,
        occurred_at=NOW,
        recorded_at=NOW,
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff_id=staff.pk,
        source="callback",
        depth=0,
        payload={"state": state, "add_way": 1},
    )


def test_the_first_task_goes_to_the_staff_member_after_its_delay(code):
    plan_first_task([added(code)], now=NOW)
    touch = Touch.objects.get()
    assert (touch.lane, touch.title, touch.due_at) == ("T", "首次问候", NOW + timedelta(minutes=10))
    assert (touch.origin_kind, touch.origin_id) == ("channel_code", str(code.pk))
    body = json.loads(Dispatch.objects.get().payload)
    assert body["touser"] == "zhangsan"
    assert body["template_card"]["task_id"] == str(touch.uid)
    assert {"keyname": "渠道", "value": "门店 A01"} in body["template_card"][
        "horizontal_content_list"
    ]


def test_a_repeated_batch_and_a_new_friendship_plan_no_second_task(code):
    plan_first_task([added(code)], now=NOW)
    plan_first_task([added(code)], now=NOW)
    plan_first_task([added(code, key="add:2")], now=NOW + timedelta(days=3))
    assert Touch.objects.count() == 1


@pytest.mark.parametrize("state", ["", "elsewhere"])
def test_a_friend_from_elsewhere_brings_nothing(code, state):
    event = added(code, state=state)
    plan_first_task([event], now=NOW)
    apply_channel_tags([event], now=NOW)
    assert not Dispatch.objects.exists()


def test_tags_are_marked_at_wecom_and_in_our_copy(code, sim):
    event = added(code)
    assert sim.customer(FRIEND)["relations"]
    apply_channel_tags([event], now=NOW)
    apply_channel_tags([event], now=NOW)
    report = SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=5)
    assignment = TagAssignment.objects.get()
    assert report.outcomes == {"done": 1}
    assert (assignment.tag.name, assignment.source) == ("VIP", "channel_code")
    assert assignment.follow.identity_id == Identity.objects.get(value=FRIEND).pk
    [marked] = [row for row in sim.requests() if row["path"] == "externalcontact/mark_tag"]
    assert marked["errcode"] == 0
    # An answer that was asked for just before would wipe our copy out again.
    assert RefreshRequest.objects.get().key == FRIEND


def remarked(code, template: str) -> LedgerEvent:
    code.remark_template = template
    code.save()
    code.tags.clear()
    event = added(code)
    apply_channel_tags([event], now=NOW)
    return event


def test_a_remark_waits_for_the_name_and_is_filled_in_and_taken_over(code, sim):
    event = remarked(code, "{客户}-{渠道}-{日期}")
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=5)
    assert Dispatch.objects.get().state == "pending"
    Customer.objects.filter(id=event.customer_id).update(name="林女士")
    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=5)
    assert Follow.objects.get().remark == "林女士-门店 A01-1122"
    [relation] = [r for r in sim.customer(FRIEND)["relations"] if r["userid"] == "zhangsan"]
    assert relation["remark"] == "林女士-门店 A01-1122"


def test_what_staff_write_about_a_customer_is_written_at_wecom_and_in_our_copy(code, sim):
    added(code)
    Follow.objects.update(remark="林女士", description="")
    follow = Follow.objects.select_related("staff__corp", "identity").get()
    words = {"remark": "林女士", "description": "两只布偶，爱冻干"}
    plan_remark(follow=follow, **words, token=uuid4(), source="sidebar", now=NOW)

    SendPump(STAFF_KINDS, caller=Calls(), threads=INLINE).run(now=NOW, budget_seconds=5)

    follow.refresh_from_db()
    assert {"remark": follow.remark, "description": follow.description} == words
    [relation] = [r for r in sim.customer(FRIEND)["relations"] if r["userid"] == "zhangsan"]
    assert relation["description"] == "两只布偶，爱冻干"


def test_a_remark_whose_name_never_comes_is_given_up_and_holds_up_nothing_for_long(code):
    remarked(code, "{客户}-{渠道}")
    script = Script()
    later = NOW + timedelta(minutes=2)
    assert pump(script, Dispatch.Kind.REMARK, now=later).outcomes == {"expired": 1}
    assert script.calls == []
    assert Dispatch.objects.get().last_error == "deadline passed"


@pytest.mark.parametrize(
    ("template", "name", "remark"),
    [
        ("{客户}-{日期}", '"长"名字' * 5, '"长"名字"长"名字"长"名字-1122'),
        ("{客户}{客户}", "林女士", "林女士林女士"),
        (
            "没有名字的位置没有名字的位置没有名字的{客户}",
            "林女士",
            "没有名字的位置没有名字的位置没有名字的林",
        ),
        ("新客", "林女士", "新客"),
    ],
)
def test_a_remark_is_never_longer_than_wecom_takes(code, template, name, remark):
    event = remarked(code, template)
    Customer.objects.filter(id=event.customer_id).update(name=name)
    script = Script()
    pump(script, Dispatch.Kind.REMARK)
    assert json.loads(script.calls[0].payload)["remark"] == remark
    assert len(remark) <= 20


def test_calls_of_one_pair_go_one_after_the_other(code):
    for number in range(3):
        apply_channel_tags([added(code, key=f"add:{number}")], now=NOW)
    apply_channel_tags([added(code, key="other", external=FRIEND[:-1] + "2")], now=NOW)
    in_flight: list[list[str]] = []
    script = Script()
    script.before = lambda claimed: in_flight.append(
        sorted(Dispatch.objects.filter(state="sending").values_list("serial_key", flat=True))
    )
    report = pump(script, Dispatch.Kind.MARK_TAG)
    assert report.outcomes == {"done": 4}
    assert all(len(set(keys)) == len(keys) for keys in in_flight)
    keys = [claimed.payload for claimed in script.calls]
    assert len(keys) == 4


def test_a_burst_costs_a_constant_number_of_queries(code, django_assert_max_num_queries):
    make_staff("lisi", code.corp)
    events = [added(code, key=f"add:{n}", external=f"wmTESTburst{n:021d}") for n in range(50)]
    with django_assert_max_num_queries(30):
        plan_first_task(events, now=NOW)
        apply_channel_tags(events, now=NOW)
    assert Dispatch.objects.count() == 100


def test_a_friendship_heard_of_a_day_late_greets_nobody(code):
    late = NOW + timedelta(hours=24)
    plan_first_task([added(code)], now=late)
    apply_channel_tags([added(code)], now=late)
    assert not Touch.objects.exists()
    assert not Dispatch.objects.exists()
