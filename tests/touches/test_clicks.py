"""A staff member's click closes their task; anybody else's changes nothing."""

import itertools
import json
from datetime import timedelta

import pytest

from common import sql
from customers.models import Customer, Event
from org.models import Staff
from tests.makers import CORP_ID, NOW, make_app, make_person, make_staff
from tests.touches.world import Script, pump
from touches.models import ContactLedger, Dispatch, Touch
from touches.services.clicks import on_card_clicked
from touches.services.tasks_for_staff import TaskPlan, plan_staff_tasks
from wecom import errors
from wecom.events import CardClicked
from wecom.services.claims import ClaimedReceipt

pytestmark = pytest.mark.django_db
_serial = itertools.count(1)


@pytest.fixture
def task() -> Touch:
    """A task card that zhangsan has received."""
    app = make_app()
    person = make_person()
    Customer.objects.update(name="林女士")
    plan = TaskPlan(
        key="first_task:1:1",
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff_id=make_staff("zhangsan", app.corp).pk,
        title="首次问候",
        body="加上好友后打个招呼",
        facts=(("渠道", "门店 A01"),),
        due_at=NOW,
        origin_kind="channel_code",
        origin_id="1",
    )
    assert plan_staff_tasks([plan], now=NOW) == 1
    pump(Script())
    return Touch.objects.get()


def click(touch: Touch, key: str = "done", userid: str = "ZhangSan", **over) -> ClaimedReceipt:
    number = next(_serial)
    event = CardClicked(
        corp_id=CORP_ID,
        from_user=userid,
        occurred_at=NOW + timedelta(minutes=5),
        event_key=key,
        task_id=str(over.get("task_id", touch.uid)),
        card_type="button_interaction",
        response_code=over.get("response_code", "RC-1"),
        agent_id=1000002,
        selected=(),
    )
    return ClaimedReceipt(
        id=number,
        corp_pk=Staff.objects.get(userid="zhangsan").corp_id,
        corp_id=CORP_ID,
        app_slug="scrm",
        digest=bytes([number]) * 32,
        event=event,
        event_kind=event.kind,
        event_at=event.occurred_at,
        received_at=event.occurred_at,
        is_late=False,
        attempts=1,
        welcome_state="none",
    )


def types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_the_card_says_who_and_what_and_carries_the_touchs_number(task):
    payload = Dispatch.objects.get().payload
    assert f'"task_id":"{task.uid}"' in payload
    assert '{"keyname":"客户","value":"林女士"}' in payload
    assert '"enable_duplicate_check":1' in payload


def test_the_name_is_the_one_known_when_the_card_goes_out(task):
    Touch.objects.update(dispatch=None, state="planned")
    Dispatch.objects.all().delete()
    plan_staff_tasks(
        [
            TaskPlan(
                key="fresh",
                identity_id=task.identity_id,
                customer_id=task.customer_id,
                staff_id=task.staff_id,
                title="问候{客户}",
                body="",
                due_at=NOW,
                origin_kind="test",
            )
        ],
        now=NOW,
    )
    Customer.objects.update(name='林"女士"')
    script = Script(errors.Ambiguous("time-out"))
    pump(script)
    Customer.objects.update(name="换了名字")
    first, second = (json.loads(claimed.payload) for claimed in script.calls)
    assert first == second
    assert first["template_card"]["main_title"]["title"] == '问候林"女士"'


def test_done_confirms_the_touch_and_changes_the_card(task):
    on_card_clicked([click(task)], now=NOW)
    task.refresh_from_db()
    update = Dispatch.objects.get(kind="card_update")
    assert task.state == "confirmed"
    assert types() == ["touch_sent", "staff_task_done"]
    assert '"response_code":"RC-1"' in update.payload
    assert '"replace_name":"已处理"' in update.payload


def test_the_second_click_on_a_card_is_no_second_event(task):
    on_card_clicked([click(task), click(task)], now=NOW)
    on_card_clicked([click(task, "later")], now=NOW)
    assert types() == ["touch_sent", "staff_task_done"]
    assert Touch.objects.count() == 1


def test_later_plans_the_same_task_an_hour_on(task):
    on_card_clicked([click(task, "later")], now=NOW)
    task.refresh_from_db()
    again = Touch.objects.exclude(pk=task.pk).get()
    assert (task.state, task.reason) == ("cancelled", "员工选择稍后, 已改期")
    assert (again.occurrence, again.due_at, again.state) == (2, NOW + timedelta(hours=1), "queued")
    assert again.key == "first_task:1:1#2"
    assert types() == ["touch_sent", "staff_task_postponed"]


def test_after_three_times_later_the_task_rests(task):
    moment, touch = NOW, task
    for _ in range(4):
        on_card_clicked([click(touch, "later")], now=moment)
        moment += timedelta(hours=1, minutes=1)
        pump(Script(), now=moment)
        touch = Touch.objects.order_by("-occurrence")[0]
    assert Touch.objects.count() == 4
    assert touch.state == "cancelled"


@pytest.mark.parametrize(
    "over",
    [
        {"userid": "lisi"},
        {"task_id": "sop-10231-zhangsan"},
        {"task_id": "0190b6b6-0000-7000-8000-000000000000"},
        {"key": "something"},
    ],
)
def test_a_click_that_is_not_ours_changes_nothing(task, over):
    on_card_clicked([click(task, **over)], now=NOW)
    task.refresh_from_db()
    assert task.state == "dispatched"
    assert types() == ["touch_sent"]
    assert not Dispatch.objects.filter(kind="card_update").exists()


def test_a_click_proves_the_arrival_of_a_message_of_unclear_fate(task):
    Touch.objects.update(state="unknown")
    on_card_clicked([click(task)], now=NOW)
    task.refresh_from_db()
    assert task.state == "confirmed"


def test_a_click_before_the_settlement_is_not_overwritten(task):
    Touch.objects.all().delete()
    Dispatch.objects.all().delete()
    plan_staff_tasks(
        [
            TaskPlan(
                key="quick",
                identity_id=task.identity_id,
                customer_id=task.customer_id,
                staff_id=task.staff_id,
                title="快",
                body="",
                due_at=NOW,
                origin_kind="test",
            )
        ],
        now=NOW,
    )
    touch = Touch.objects.get()
    script = Script()
    script.before = lambda claimed: on_card_clicked([click(touch)], now=NOW)
    pump(script)
    touch.refresh_from_db()
    assert touch.state == "confirmed"
    assert sorted(types()[1:]) == ["staff_task_done", "touch_sent"]


def test_a_hundred_clicks_cost_as_many_queries_as_one(task, django_assert_max_num_queries):
    receipts = [click(task) for _ in range(100)]
    # Two of them are the savepoint of the answers.
    with django_assert_max_num_queries(19):
        on_card_clicked(receipts, now=NOW)


def take_place(touch: Touch) -> None:
    sql.execute(
        """INSERT INTO touches_contactledger (counted_on, counted_at, identity_id, corp_id,
                                              staff_id, touch_id, lane, purpose, state)
           SELECT '2026-11-21', %s, identity_id, 1, staff_id, id, lane, purpose, 'reserved'
             FROM touches_touch WHERE id = %s""",
        [NOW, touch.pk],
    )


def test_who_had_a_place_needs_one_for_later_as_well(task):
    Touch.objects.update(origin_step="greet", purpose="activity")
    task.refresh_from_db()
    take_place(task)
    on_card_clicked([click(task, "later")], now=NOW)
    again = Touch.objects.exclude(pk=task.pk).get()
    assert (again.key, again.state, again.dispatch) == ("first_task:1:1#2", "planned", None)
    assert (again.due_at, again.origin_step) == (NOW + timedelta(hours=1), "greet")
    assert (again.purpose, again.content) == ("activity", task.content)


@pytest.mark.parametrize(("key", "place"), [("done", "spent"), ("later", "released")])
def test_a_click_spends_the_place_or_gives_it_back(task, key, place):
    take_place(task)
    on_card_clicked([click(task, key)], now=NOW)
    row = ContactLedger.objects.get()
    assert row.state == place
    assert (f"{row.counted_on}" == "2026-11-22") == (place == "spent")
