"""Staff are reminded of what waits for their tap, by one message, and not too often."""

import json
from datetime import timedelta

import pytest

from org.models import Staff
from tests.makers import NOW, make_app, make_department, make_staff
from tests.touches.mass_world import REMIND, Wecom, create_task, make_rules, poll
from tests.touches.world import Script, pump
from touches.models import Dispatch, MassTask
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_reminders import remind_staff
from wecom import errors

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def rules():
    return make_rules()


def messages() -> list[tuple[str, str]]:
    """Whom we wrote to, and what."""
    bodies = [
        json.loads(payload)
        for payload in Dispatch.objects.filter(kind="staff_message")
        .order_by("created_at", "key")
        .values_list("payload", flat=True)
    ]
    return [(body["touser"], body["text"]["content"]) for body in bodies]


def test_one_message_names_all_that_a_member_has_open():
    first = create_task("wmA")
    create_task("wmB", now=NOW + MINUTE)
    MassTask.objects.filter(pk=first.pk).update(title="秋冬护肤")
    remind_staff(NOW + 59 * MINUTE)
    assert messages() == []
    for minutes in (61, 61, 62, 75):
        remind_staff(NOW + minutes * MINUTE)
    [(userid, text)] = messages()
    assert userid == "zhangsan"
    assert text.splitlines()[0] == "你有 2 个群发待确认，请打开「群发助手」发送："
    assert text.splitlines()[1:] == ["1. 秋冬护肤（15:00 前有效）", "2. 会员日（15:01 前有效）"]


def test_each_member_gets_a_message_of_their_own():
    create_task("wmA")
    create_task("wmA", staff=make_staff("lisi", Staff.objects.get().corp))
    remind_staff(NOW + 61 * MINUTE)
    assert sorted(userid for userid, _ in messages()) == ["lisi", "zhangsan"]


def test_a_task_is_not_named_in_the_minute_of_its_making():
    create_task("wmA")
    create_task("wmB", now=NOW + 61 * MINUTE)
    remind_staff(NOW + 61 * MINUTE)
    assert messages()[0][1].startswith("你有 1 个群发待确认")


def test_after_two_hours_wecom_reminds_and_too_often_is_fine():
    task = create_task("wmA")
    remind_staff(NOW + 61 * MINUTE)
    for minutes in (119, 121, 121, 140):
        remind_staff(NOW + minutes * MINUTE)
    call = Dispatch.objects.get(kind="mass_remind")
    assert json.loads(call.payload) == {"msgid": task.msgid}
    pump(Script(errors.Ambiguous("-1")), REMIND, now=NOW + 122 * MINUTE)
    call.refresh_from_db()
    assert (call.state, len(messages())) == ("done", 1)


def test_steps_that_were_missed_do_not_come_all_at_once():
    create_task("wmA")
    for seconds in range(5):
        remind_staff(NOW + 150 * MINUTE + timedelta(seconds=seconds))
    assert (len(messages()), Dispatch.objects.filter(kind="mass_remind").count()) == (1, 0)
    remind_staff(NOW + 166 * MINUTE)
    assert Dispatch.objects.filter(kind="mass_remind").count() == 1


def test_who_confirmed_or_was_stopped_is_not_reminded():
    done, stopped = create_task("wmA"), create_task("wmB", valid_for=30 * MINUTE)
    wecom = Wecom()
    wecom.confirm(done, {"wmA": 1}, NOW + MINUTE)
    poll(wecom, NOW + 2 * MINUTE)
    stop_ended_tasks(stopped.valid_until)
    remind_staff(NOW + 61 * MINUTE)
    assert messages() == []


def test_nobody_is_written_to_outside_staff_hours(rules):
    evening = NOW.replace(hour=12, minute=30)  # 20:30 in Shanghai
    create_task("wmA", now=evening)
    remind_staff(evening + 61 * MINUTE)
    assert messages() == []
    remind_staff(evening + timedelta(hours=12, minutes=30))
    assert len(messages()) == 1


def seat(userid: str, *, is_leader: bool = False, department=None) -> Staff:
    return make_staff(userid, department.corp, department, is_leader=is_leader)


def teams(confirmed: int, total: int = 10) -> None:
    """A department with a lead, ten tasks of one slot, some of them confirmed."""
    department = make_department(make_app().corp)
    seat("lead", is_leader=True, department=department)
    wecom = Wecom()
    for n in range(total):
        task = create_task(f"wm{n}", staff=seat(f"guide{n}", department=department))
        if n < confirmed:
            wecom.confirm(task, {f"wm{n}": 1}, NOW + MINUTE)
    for _ in range(total):
        poll(wecom, NOW + 2 * MINUTE)


def run_until(minutes: int) -> None:
    for minute in range(60, minutes + 1, 5):
        remind_staff(NOW + minute * MINUTE)


@pytest.mark.parametrize(("confirmed", "told"), [(6, 1), (7, 0)])
def test_a_lead_is_told_once_when_less_than_seven_of_ten_are_done(confirmed, told):
    teams(confirmed)
    run_until(179)
    assert [text for userid, text in messages() if userid == "lead"] == []
    run_until(200)
    texts = [text for userid, text in messages() if userid == "lead"]
    assert texts == ["11:00 的群发尚未确认完：部门2已完成 6/10。请提醒同事。"] * told
    assert not MassTask.objects.filter(remind_at__isnull=False).exists()


def test_another_slot_does_not_count():
    teams(6)
    lead_department = Staff.objects.get(userid="guide9").departments.get()
    later = NOW + 30 * MINUTE
    staff = seat("guide10", department=lead_department)
    create_task("wmX", staff=staff, now=later, due_at=later)
    run_until(200)
    texts = [text for userid, text in messages() if userid == "lead"]
    assert texts[0] == "11:00 的群发尚未确认完：部门2已完成 6/10。请提醒同事。"
