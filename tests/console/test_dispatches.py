"""Calls in the console: mass messages with each result, and the queue that needs people."""

from datetime import timedelta

import pytest
from django.test import Client

from common import bell
from customers.models import Follow
from org.models import AuditRow, StaffDepartment, User
from tests.makers import NOW, make_department, make_staff, make_user
from tests.touches.mass_world import MASS, Wecom, create_task, plan_mass, poll, touch_states
from tests.touches.world import Script, plan_for, pump
from touches.models import Dispatch, MassTask, Touch
from touches.services.plan import plan_touch
from wecom import errors

pytestmark = pytest.mark.django_db

LOST = [errors.Ambiguous("-1"), errors.Ambiguous("-1")]


@pytest.fixture(autouse=True)
def _here(monkeypatch, settings) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    monkeypatch.setattr(bell, "ring", lambda _name: None)
    settings.DISPATCH_SETTLE_SECONDS = 0


@pytest.fixture
def operator() -> Client:
    return signed_in(make_user())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def lost_call() -> Dispatch:
    """A mass message of unknown fate to two customers."""
    dispatch = plan_mass("wmA", "wmB")
    pump(Script(*LOST, executed=[False, False]), MASS)
    dispatch.refresh_from_db()
    assert dispatch.state == "unknown"
    return dispatch


def dead_call() -> Dispatch:
    """A task card that WeCom's settings do not let out."""
    plan_touch(plan_for(), now=NOW)
    pump(Script(errors.Misconfigured("48002")))
    dispatch = Dispatch.objects.get()
    assert dispatch.state == "dead"
    return dispatch


def act(client: Client, dispatch: Dispatch, what: str, **data: str) -> str:
    response = client.post(f"/dispatches/{dispatch.pk}/{what}/", data, follow=True)
    assert response.status_code == 200
    dispatch.refresh_from_db()
    return response.content.decode()


def test_mass_messages_show_who_confirmed_and_each_result(operator: Client) -> None:
    task = create_task("wmA", "wmB", "wmC")
    wecom = Wecom()
    wecom.confirm(task, {"wmA": 1, "wmB": 2}, NOW)
    poll(wecom, NOW + timedelta(minutes=5))

    page = shown(operator, "/dispatches/")

    for words in ("会员日", "zhangsan", "送达成功 1", "被拒绝 1", "待员工确认 1", "员工已确认"):
        assert words in page
    detail = shown(operator, f"/dispatches/{task.dispatch_id}/")
    for words in ("共 <b>3</b> 位客户", "不再是好友", "周末会员日"):
        assert words in detail
    refused = shown(operator, f"/dispatches/{task.dispatch_id}/?state=refused")
    assert refused.count('data-label="结果与原因"') == 1


def test_the_list_is_narrowed_by_state_staff_slot_and_days(operator: Client) -> None:
    task = create_task("wmA")
    other = make_staff("lisi", task.staff.corp)

    def rows(query: str) -> int:
        return len(operator.get(f"/dispatches/?{query}").context["rows"])

    assert [rows(q) for q in ("", "state=open", "state=final", "state=x")] == [1, 1, 0, 1]
    assert [rows(f"staff={task.staff_id}"), rows(f"staff={other.pk}")] == [1, 0]
    assert [rows("start=2026-11-22&at=11:00"), rows("start=2026-11-22&at=11:01")] == [1, 0]
    assert rows("start=2026-11-20&end=2026-11-21") == 0


def test_the_queue_tells_the_evidence(operator: Client) -> None:
    lost_call()

    page = shown(operator, "/dispatches/unknown/")

    for words in (
        "会员日",
        "2 位客户",
        "发送结果不明，在企业微信的群发记录里也没有查到",
        "处理了 3 次",
        "其中 2 次没有等到企业微信的答复，可能已经执行",
        "没有找到这条群发",
    ):
        assert words in page


def test_an_empty_queue_says_so(operator: Client) -> None:
    assert "没有需要处理的发送" in shown(operator, "/dispatches/unknown/")


@pytest.mark.parametrize(
    ("data", "state", "touches", "said"),
    [
        ({"verdict": "sent"}, "done", {"delivered": 2}, "已记为发出。"),
        ({"verdict": "sent", "wecom_ref": "msgX"}, "done", {"dispatched": 2}, "继续查询"),
        ({"verdict": "not_sent"}, "pending", {"queued": 2}, "会重新发送"),
        ({"verdict": "give_up"}, "cancelled", {"cancelled": 2}, "已放弃"),
    ],
)
def test_a_decision_ends_the_doubt(operator: Client, data, state, touches, said) -> None:
    dispatch = lost_call()

    page = act(operator, dispatch, "decide", **data)

    assert (dispatch.state, touch_states()) == (state, touches)
    assert said in page
    row = AuditRow.objects.get()
    assert (row.action, row.detail["act"]) == ("touch_decided", data["verdict"])


def test_refusals_say_why_and_change_nothing(operator: Client) -> None:
    held = create_task("wmH")
    dispatch = lost_call()

    assert "另一条群发已经登记了这个企业微信编号" in act(
        operator, dispatch, "decide", verdict="sent", wecom_ref=held.msgid
    )
    assert "请选择已发出、没有发出或放弃" in act(operator, dispatch, "decide", verdict="perhaps")
    assert "已经不是“已停止”" in act(operator, dispatch, "again")
    assert (dispatch.state, AuditRow.objects.count()) == ("unknown", 0)
    act(operator, dispatch, "decide", verdict="give_up")
    assert "结果已经明确" in act(operator, dispatch, "decide", verdict="sent")
    assert "没有可撤回的客户" in act(operator, dispatch, "withdraw")
    assert (dispatch.state, AuditRow.objects.count()) == ("cancelled", 1)


def test_what_was_stopped_is_sent_again(operator: Client) -> None:
    dispatch = dead_call()
    assert "权限或反垃圾限制不允许发送" in shown(operator, "/dispatches/unknown/")

    assert "已重新排队" in act(operator, dispatch, "again")

    assert dispatch.state == "pending"
    assert AuditRow.objects.get().detail == {"act": "send_again"}


def test_what_was_stopped_is_withdrawn(operator: Client) -> None:
    dispatch = dead_call()

    act(operator, dispatch, "withdraw")

    assert dispatch.state == "cancelled"
    assert Touch.objects.get().state == "cancelled"


def test_a_mass_message_that_waits_is_stopped_at_wecom(operator: Client) -> None:
    task = create_task("wmA", "wmB")

    page = act(operator, task.dispatch, "withdraw")

    assert "2 条已在途" in page
    task.refresh_from_db()
    assert task.state == "stopping"
    assert Dispatch.objects.filter(kind="mass_cancel").count() == 1


def test_a_member_is_reminded_once_an_hour(operator: Client) -> None:
    task = create_task("wmA")

    assert "已提醒员工" in act(operator, task.dispatch, "remind")
    assert "一小时内已经催办过" in act(operator, task.dispatch, "remind")

    assert Dispatch.objects.filter(kind="staff_message").count() == 1
    assert AuditRow.objects.get().detail == {"act": "remind"}
    MassTask.objects.update(state="confirmed", confirmed_at=NOW)
    assert "没有需要提醒的员工" in act(operator, task.dispatch, "remind")


def test_who_may_only_look_decides_nothing() -> None:
    dispatch = lost_call()
    staff = Touch.objects.first().staff
    department = make_department(staff.corp)
    boss = make_staff("boss", staff.corp, department, is_leader=True)
    StaffDepartment.objects.create(staff=staff, department=department)
    Follow.objects.create(
        staff=staff, identity_id=Touch.objects.first().identity_id, status="friend"
    )
    manager = signed_in(make_user("boss", User.Role.MANAGER, boss))

    page = shown(manager, "/dispatches/unknown/")

    assert "会员日" in page
    assert "你没有处理权限" in page
    for what in ("decide", "again", "withdraw", "remind"):
        response = manager.post(f"/dispatches/{dispatch.pk}/{what}/", {"verdict": "sent"})
        assert response.status_code == 403
    dispatch.refresh_from_db()
    assert dispatch.state == "unknown"


def test_another_department_sees_nothing() -> None:
    dispatch = lost_call()
    task = create_task("wmC")
    department = make_department(task.staff.corp, 9)
    boss = make_staff("other", task.staff.corp, department, is_leader=True)
    manager = signed_in(make_user("other", User.Role.MANAGER, boss))

    assert "没有需要处理的发送" in shown(manager, "/dispatches/unknown/")
    assert manager.get("/dispatches/").context["rows"] == []
    assert manager.get("/dispatches/calls/").context["rows"] == []
    shown(manager, f"/dispatches/{dispatch.pk}/", status=404)


def test_all_calls_are_listed(operator: Client, monkeypatch) -> None:
    dead = dead_call()
    calls = operator.get("/dispatches/calls/?start=2020-01-01&end=2020-12-31").context["rows"]
    assert calls == []
    span = f"start=2026-01-01&end={dead.created_at + timedelta(days=1):%Y-%m-%d}"
    assert len(operator.get(f"/dispatches/calls/?{span}&state=dead").context["rows"]) == 1
    assert operator.get(f"/dispatches/calls/?{span}&kind=welcome").context["rows"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_queries_however_many(
    operator: Client, count: int, django_assert_num_queries
) -> None:
    tasks = [create_task(f"wm{n}", f"wn{n}") for n in range(count)]
    with django_assert_num_queries(6):
        shown(operator, "/dispatches/")
    with django_assert_num_queries(9):
        shown(operator, f"/dispatches/{tasks[0].dispatch_id}/")
    for task in tasks:
        Dispatch.objects.filter(pk=task.dispatch_id).update(state="unknown")
    with django_assert_num_queries(5):
        shown(operator, "/dispatches/unknown/")
