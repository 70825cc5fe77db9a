"""The card tells what there is to tell of a customer, and no more."""

from datetime import timedelta

import pytest

from customers.events import LinkDwelled, NoteWritten
from customers.models import Customer, Follow, Profile
from customers.services.ledger import record_events
from org.models import Alert
from tests.api.people import tag
from tests.makers import NOW, make_event
from tests.sidebar.desk import Desk, later, make_journey_task, make_task
from touches.models import ContactLedger, Touch

pytestmark = pytest.mark.django_db


def test_the_card_is_found_by_what_the_client_says(desk: Desk):
    answer = desk.post("/sidebar/open", external_userid=desk.external_userid)

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-follow="{desk.relation.pk}"' in shown
    assert f'data-uid="{desk.customer.uid}"' in shown
    assert "guide的客户" in shown
    assert "2026-11-21 添加" in shown
    assert "no-store" in answer["Cache-Control"]


def test_who_never_bought_has_no_sums_and_a_buyer_has(desk: Desk):
    assert "累计消费" not in desk.text(f"{desk.base}/")

    Profile.objects.filter(customer=desk.customer).update(order_count=3, order_amount_fen=674_700)

    shown = desk.text(f"{desk.base}/")
    assert "¥6,747.00" in shown
    assert '<li class="now" aria-current="step">潜在</li>' in shown


def test_what_is_left_of_mass_messages_counts_reserved_and_spent_places(desk: Desk):
    task = make_task(desk.relation)
    for number, state in enumerate(("reserved", "spent", "released"), start=1):
        ContactLedger.objects.create(
            id=number,
            counted_on=NOW.date(),
            counted_at=NOW,
            identity=desk.relation.identity,
            corp=desk.staff.corp,
            staff=desk.staff,
            touch=task,
            lane=Touch.Lane.MASS,
            purpose="activity",
            state=state,
        )

    shown = desk.text(f"{desk.base}/")

    # November has thirty days, as many as WeCom allows in it.
    assert "<dt>群发剩余</dt><dd>28</dd>" in shown


def test_an_open_task_is_what_to_do_next(desk: Desk):
    make_journey_task(desk.relation, "{客户}你好，家里是猫还是狗呀？我是{员工}。")

    shown = desk.text(f"{desk.base}/next")

    assert "一句提问" in shown
    assert "旅程任务，11-23 11:00 前有效" in shown
    assert 'data-text="guide的客户你好，家里是猫还是狗呀？我是guide。"' in shown
    assert 'data-count="1"' in shown


def test_what_to_do_next_comes_with_how_far_the_customer_is(desk: Desk):
    Profile.objects.filter(customer=desk.customer).update(
        open_count=7, order_count=2, order_amount_fen=19_900, stage=Profile.Stage.REPURCHASE
    )

    shown = desk.text(f"{desk.base}/next").partition("<template data-standing>")[2]

    assert "<dt>打开素材</dt><dd>7</dd>" in shown
    assert "<dt>累计消费</dt><dd>¥199.00</dd>" in shown
    assert '<li class="now" aria-current="step">复购</li>' in shown


def test_a_task_of_a_code_says_what_to_do_and_has_no_text(desk: Desk):
    make_task(desk.relation)

    shown = desk.text(f"{desk.base}/next")

    assert "打个招呼" in shown
    assert "data-use" not in shown
    assert 'placeholder="写一句给客户的话"' in shown


def test_a_fresh_reading_is_what_to_do_next_where_no_task_is(desk: Desk):
    alert = {
        "kind": Alert.Kind.HIGH_INTENT,
        "staff": desk.staff,
        "customer_id": desk.customer.pk,
        "title": "高意向：guide的客户",
        "body": "《七天换粮表》已阅读 60 秒",
        "occurred_at": NOW,
    }
    Alert.objects.create(key="high_intent:old", created_at=NOW - timedelta(hours=25), **alert)
    assert "回访一下" not in desk.text(f"{desk.base}/next")

    Alert.objects.create(key="high_intent:new", created_at=NOW - timedelta(hours=1), **alert)

    shown = desk.text(f"{desk.base}/next")
    assert "回访一下" in shown
    assert "《七天换粮表》已阅读 60 秒" in shown
    assert 'data-kind="suggestion"' in shown


def test_tasks_not_due_closed_or_long_gone_are_not_shown(desk: Desk):
    make_task(desk.relation, title="明天的", due_at=later(hours=5), valid_until=later(days=2))
    make_task(desk.relation, title="做完的", state=Touch.State.CONFIRMED)
    long_ago = {"due_at": later(days=-9), "valid_until": later(days=-8)}
    make_task(desk.relation, title="早过期的", **long_ago, state=Touch.State.EXPIRED)
    lately = {"due_at": later(days=-2), "valid_until": later(days=-1)}
    make_task(desk.relation, title="刚过期的", **lately, state=Touch.State.EXPIRED)

    shown = desk.text(f"{desk.base}/next")

    assert [name in shown for name in ("明天的", "做完的", "早过期的", "刚过期的")] == [
        False,
        False,
        False,
        True,
    ]
    assert "逾期" in shown


def test_the_timeline_goes_on_where_the_page_ended(desk: Desk):
    events = [
        make_event(
            desk.person, NoteWritten(text=f"第{n}条", author="x"), occurred_at=later(minutes=-n)
        )
        for n in range(25)
    ]
    record_events(events, now=NOW)

    first = desk.text(f"{desk.base}/")
    assert "第19条" in first
    assert "第20条" not in first

    rest = desk.get(f"{desk.base}/timeline", before=later(minutes=-19).isoformat())
    assert "第20条" in rest.content.decode()
    assert "第24条" in rest.content.decode()
    assert "data-older" not in rest.content.decode()


@pytest.mark.parametrize("before", ["", "yesterday", "2026-11-22T10:00:00"])
def test_a_place_that_is_none_is_refused(desk: Desk, before: str):
    assert desk.get(f"{desk.base}/timeline", before=before).status_code == 400


def test_hostile_names_and_texts_are_written_out(desk: Desk):
    hostile = "<img src=x onerror=alert(1)>\"'&"
    Customer.objects.filter(pk=desk.customer.pk).update(name=hostile)
    Follow.objects.filter(pk=desk.relation.pk).update(remark=hostile)
    tag(desk.customer, hostile[:20])
    dwelled = LinkDwelled(
        link_code="x",
        material_id=1,
        title=hostile,
        purpose="care",
        visit="v",
        seconds=9,
        total_seconds=9,
    )
    record_events([make_event(desk.person, dwelled)], now=NOW)
    make_journey_task(desk.relation, "{客户}你好")

    shown = desk.text(f"{desk.base}/")

    assert "<img src=x" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") > 5


@pytest.mark.parametrize("count", [1, 6])
def test_the_card_costs_the_same_queries_however_much_there_is(
    desk: Desk, count: int, django_assert_num_queries
):
    for n in range(count):
        tag(desk.customer, f"标签{n}")
        make_task(desk.relation)
    record_events([make_event(desk.person, staff=desk.staff) for _ in range(count)], now=NOW)

    with django_assert_num_queries(CARD_QUERIES):
        desk.text(f"{desk.base}/")


# Session, account; relation, settled numbers (2), calls on their way (2), open and overdue tasks,
# identities, events, places, tags on, tag library.
CARD_QUERIES = 14
