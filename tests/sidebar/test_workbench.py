"""A staff member's day, their customers, and what a lead sees of the team."""

import json
from datetime import timedelta

import pytest

from customers.models import Customer, Follow, Profile
from org.models import Alert, Department, Staff, StaffDepartment, User
from tests.api.people import follow, make_named
from tests.makers import NOW, make_app, make_department, make_staff, make_user
from tests.sidebar.desk import Desk, later, make_journey_task, make_task, sign_in
from touches.models import Dispatch, MassTask, Touch
from wecom.models import App

pytestmark = pytest.mark.django_db


def make_mass_task(staff: Staff, *, title: str = "会员日清单", **over) -> MassTask:
    number = Dispatch.objects.count()
    call = Dispatch.objects.create(
        key=f"mass:{number}",
        kind="mass_message",
        corp=staff.corp,
        app=App.objects.get(),
        payload="{}",
        state="done",
        available_at=NOW,
    )
    values = {"created_at": later(minutes=-80), "valid_until": later(hours=3)} | over
    return MassTask.objects.create(
        dispatch=call, staff=staff, msgid=f"m{number}", title=title, **values
    )


def test_the_day_shows_what_waits_in_the_order_of_its_urgency(desk: Desk):
    make_task(desk.relation, title="不急", valid_until=later(hours=20))
    make_journey_task(desk.relation, "{客户}你好", valid_until=later(hours=2))
    lately = {"due_at": later(days=-2), "valid_until": later(days=-1)}
    make_task(desk.relation, title="过了", state=Touch.State.EXPIRED, **lately)
    make_mass_task(desk.staff)

    shown = desk.text("/m/")

    counts = [part.split("<")[0] for part in shown.split("data-count=")[1:]]
    assert [count.partition(">")[2] for count in counts] == ["1", "2", "1"]
    assert shown.index("一句提问") < shown.index("不急") < shown.index("过了")
    assert "会员日清单" in shown
    assert "点一键发送" in shown
    assert f'data-follow="{desk.relation.pk}"' in shown
    assert "自动" not in shown


def test_others_work_is_not_in_my_day(desk: Desk, colleague: Desk):
    make_task(colleague.relation, title="别人的")
    make_mass_task(colleague.staff, title="别人的群发")

    assert "别人的" not in desk.text("/m/")


def test_the_feed_and_the_figures_of_the_month_are_mine(desk: Desk, colleague: Desk):
    for owner, title in ((desk, "高意向：我的"), (colleague, "高意向：别人的")):
        Alert.objects.create(
            key=f"high_intent:{title}",
            kind=Alert.Kind.HIGH_INTENT,
            staff=owner.staff,
            customer_id=owner.customer.pk,
            title=title,
            occurred_at=NOW,
            created_at=NOW,
        )
    make_task(desk.relation, state=Touch.State.CONFIRMED, finished_at=NOW)
    follow(desk.staff, make_named("上月的"))
    Follow.objects.filter(identity__customer__name="上月的").update(added_at=later(days=-40))

    shown = desk.text("/m/")

    assert "高意向：我的" in shown
    assert "高意向：别人的" not in shown
    figures = [part.split("</dd>")[0] for part in shown.split("<dd>")[1:]]
    # Added, tasks done, mass messages confirmed, openings, lost, friends.
    assert figures == ["1", "1", "0", "0", "0", "2"]

    assert desk.post("/m/alerts/seen").status_code == 200
    assert list(Alert.objects.order_by("id").values_list("seen_at", flat=True)) == [NOW, None]


def test_my_customers_are_found_by_name_or_remark(desk: Desk, colleague: Desk):
    other = follow(desk.staff, make_named("欧阳娜娜"))
    Follow.objects.filter(pk=other.pk).update(remark="西湖店老客")

    assert "欧阳娜娜" in desk.text("/m/customers/")
    assert "colleague的客户" not in desk.text("/m/customers/")
    for part in ("欧阳", "老客"):
        shown = desk.text(f"/m/customers/?q={part}")
        assert "欧阳娜娜" in shown
        assert "guide的客户" not in shown
    assert "没有找到这样的客户" in desk.text("/m/customers/?q=没有")


def test_a_customer_of_mine_opens_with_the_way_to_the_chat(desk: Desk):
    make_task(desk.relation)

    shown = desk.text(f"/m/customers/{desk.customer.uid}/")

    assert f'data-open-chat="{desk.external_userid}"' in shown
    assert "data-send" not in shown
    assert "data-done" in shown


@pytest.mark.parametrize("count", [1, 5])
def test_the_day_costs_the_same_queries_however_much_there_is(
    desk: Desk, count: int, django_assert_num_queries
):
    for n in range(count):
        make_task(desk.relation)
        make_mass_task(desk.staff)
        Alert.objects.create(
            key=f"read:{n}",
            kind=Alert.Kind.READ,
            staff=desk.staff,
            customer_id=desk.customer.pk,
            title="读",
            occurred_at=NOW,
            created_at=NOW,
        )
    with django_assert_num_queries(DAY_QUERIES):
        desk.text("/m/")


# Session, account, corp, app; settled numbers (2), alerts, their customers, open and overdue tasks,
# their relations, mass tasks, friends, work (5), openings.
DAY_QUERIES = 19


class Team:
    """A lead with two members in their department, and one of another department."""

    def __init__(self) -> None:
        corp = make_app().corp
        self.department = make_department(corp, 2, 1)
        elsewhere: Department = make_department(corp, 3, 1)
        self.lead = make_staff("lead", corp, self.department, is_leader=True)
        self.members = [make_staff(name, corp, self.department) for name in ("amy", "bob")]
        self.other = make_staff("zoe", corp, elsewhere)
        self.client = sign_in(make_user("lead", User.Role.MANAGER, self.lead))

    def page(self) -> str:
        answer = self.client.get("/m/team/")
        assert answer.status_code == 200
        return answer.content.decode()


def test_a_lead_sees_who_has_not_confirmed_and_nobody_elses_team():
    team = Team()
    make_mass_task(team.members[0])
    make_mass_task(team.other, title="别的部门")
    confirmed = {"state": "confirmed", "confirmed_at": later(hours=-1)}
    make_mass_task(team.members[1], **confirmed)

    shown = team.page()

    assert "群发已确认 1 / 2" in shown
    assert "催办 amy" in shown
    assert "催办 bob" not in shown
    assert "zoe" not in shown
    assert "别的部门" not in shown


def test_urging_sends_one_message_an_hour(monkeypatch: pytest.MonkeyPatch):
    team = Team()
    task = make_mass_task(team.members[0])

    first = team.client.post(f"/m/team/urge/{task.pk}")
    second = team.client.post(f"/m/team/urge/{task.pk}")

    assert (first.json()["said"], second.json()["said"]) == ("已催办", "一小时内已催办过")
    message = json.loads(Dispatch.objects.get(kind="staff_message").payload)
    assert message["touser"] == "amy"
    assert "lead 提醒你：群发「会员日清单」待确认（14:00 前有效）" in message["text"]["content"]

    monkeypatch.setattr("common.clock.now", lambda: NOW + timedelta(hours=1))
    assert team.client.post(f"/m/team/urge/{task.pk}").json()["said"] == "已催办"


def test_nobody_urges_another_team_or_what_is_confirmed():
    team = Team()
    foreign = make_mass_task(team.other)
    done = make_mass_task(team.members[0], state="confirmed", confirmed_at=NOW)

    answers = [team.client.post(f"/m/team/urge/{task.pk}") for task in (foreign, done)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert not Dispatch.objects.filter(kind="staff_message").exists()


def test_staff_have_no_team_page(desk: Desk):
    assert desk.get("/m/team/").status_code == 403
    assert desk.post("/m/team/urge/1").status_code == 403
    assert "团队" not in desk.text("/m/")


def test_an_operator_is_led_to_all_teams():
    team = Team()
    client = sign_in(make_user("operator", User.Role.OPERATOR))

    assert client.get("/m/")["Location"] == "/m/team/"
    assert "zoe" in client.get("/m/team/").content.decode()
    assert team.lead.name in client.get("/m/team/").content.decode()


def test_buyers_of_whom_nothing_was_heard_are_named_the_best_ones_first():
    team = Team()
    for name, spent, days in (("小单", 100, 20), ("大单", 900, 15), ("刚来过", 999, 3)):
        customer: Customer = make_named(name)
        follow(team.members[0], customer)
        Profile.objects.filter(customer=customer).update(
            order_count=1, order_amount_fen=spent, last_event_at=later(days=-days)
        )
    StaffDepartment.objects.filter(staff=team.other).delete()

    shown = team.page()

    assert shown.index("大单") < shown.index("小单")
    assert "刚来过" not in shown
