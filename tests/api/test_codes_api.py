"""Channel codes by the API: listed with what they brought, made, changed, off and on again."""

import pytest

from campaigns.models import ChannelCode
from customers.models import Follow
from org.models import AuditRow, User
from tests.api.people import ISSUING, follow, make_named, tag
from tests.campaigns.world import make_code
from tests.content.makers import make_article
from tests.makers import NOW, make_app, make_corp, make_staff, make_user
from wecom.api.contact_ways import NewContactWay

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return make_user()


@pytest.fixture(autouse=True)
def wecom(monkeypatch):
    """WeCom makes every code it is asked for; returns what it was asked."""
    asked = []

    def add(client, **body):
        asked.append(("add", body))
        return NewContactWay(config_id=f"config-{len(asked)}", qr_code="https://wework.example/q")

    def change(client, **body):
        asked.append(("update", body))

    def delete(client, **body):
        asked.append(("delete", body))

    ways = "campaigns.services.channel_codes.contact_ways"
    monkeypatch.setattr(f"{ways}.add_contact_way", add)
    monkeypatch.setattr(f"{ways}.update_contact_way", change)
    monkeypatch.setattr(f"{ways}.del_contact_way", delete)
    return asked


def body(**over):
    return {"name": "门店 A02", "staff": ["zhangsan"]} | over


def test_a_code_is_listed_with_what_it_brought(call, operator):
    code = make_code(state="chan1")
    follow(code.staff.get(), make_named("小林"))
    follow(code.staff.get(), make_named("老王"), status="customer_deleted")

    [shown] = call(operator, "/channel-codes/").json()["results"]

    assert shown["figures"] == {
        "added": 2,
        "friends": 1,
        "added_in_7_days": 2,
        "last_added_at": "2026-11-21T11:00:00+08:00",
    }
    assert (shown["id"], shown["state"], shown["is_enabled"]) == (code.pk, "chan1", True)
    assert shown["staff"] == [{"userid": "zhangsan", "name": "zhangsan"}]
    assert shown["task"] is None
    assert call(operator, f"/channel-codes/{code.pk}/").json() == shown


def test_the_list_costs_a_fixed_number_of_queries(call, operator, django_assert_num_queries):
    for state in ("A01", "A02", "A03"):
        make_code(state=state)

    with django_assert_num_queries(ISSUING + 5):
        assert len(call(operator, "/channel-codes/").json()["results"]) == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [({"state": "A01"}, 1), ({"is_enabled": "false"}, 1), ({"staff": "ZHANGSAN"}, 2)],
)
def test_the_list_is_narrowed(call, operator, query, found):
    make_code(state="A01")
    make_code(state="A02", is_enabled=False)

    assert len(call(operator, "/channel-codes/", **query).json()["results"]) == found


def test_a_code_is_made_whole(send, operator, wecom):
    make_app()
    make_staff("zhangsan")
    carried, material = tag(make_named("小林"), "猫"), make_article()
    task = {"title": "问候", "body": "问品种", "delay_minutes": 30}
    answer = send(
        operator,
        "POST",
        "/channel-codes/",
        body(state="A02", tags=[carried.pk], material=material.pk, text="{客户}你好", task=task),
    )

    shown = answer.json()
    assert (answer.status_code, shown["is_in_step"]) == (201, True)
    assert shown["qr_code_url"] == "https://wework.example/q"
    assert shown["tags"] == [{"id": carried.pk, "name": "猫", "group": "需求"}]
    assert (shown["material"], shown["text"], shown["task"]) == (material.pk, "{客户}你好", task)
    [(act, asked)] = wecom
    assert (act, asked["userids"], asked["state"]) == ("add", ["zhangsan"], "A02")
    code = ChannelCode.objects.get()
    assert (code.created_by, code.created_at) == (operator, NOW)
    row = AuditRow.objects.get()
    assert (row.actor, row.subject) == (operator, f"code:{code.pk}")


def test_a_state_is_made_up_where_none_is_given(send, operator):
    make_app()
    make_staff("zhangsan")

    state = send(operator, "POST", "/channel-codes/", body()).json()["state"]

    assert len(state) == 12


@pytest.mark.parametrize(
    ("over", "status", "field"),
    [
        ({"staff": []}, 400, "staff"),
        ({"staff": ["nobody"]}, 422, "staff"),
        ({"tags": [10**9]}, 422, "tags"),
        ({"material": 10**9}, 422, "material"),
        ({"name": "x" * 31}, 400, "name"),
        ({"name": " "}, 400, "name"),
        ({"name": 1}, 400, "name"),
        ({"state": "x" * 31}, 400, "state"),
        ({"skip_verify": 1}, 400, "skip_verify"),
        ({"corp": "elsewhere"}, 422, "corp"),
        ({"task": {"title": ""}}, 400, "task.title"),
    ],
)
def test_what_cannot_be_made_is_named(send, operator, wecom, over, status, field):
    make_app()
    make_staff("zhangsan")
    refused = send(operator, "POST", "/channel-codes/", body(**over))

    assert refused.status_code == status
    assert list(refused.json()["invalid"]) == [field]
    assert not ChannelCode.objects.exists()
    assert wecom == []


def test_a_state_is_used_once(send, operator, wecom):
    make_code(state="A02")
    refused = send(operator, "POST", "/channel-codes/", body(state="A02"))

    assert (refused.status_code, wecom) == (409, [])
    assert ChannelCode.objects.count() == 1


def test_without_an_app_nothing_is_made(send, operator):
    make_corp()
    make_staff("zhangsan")

    assert send(operator, "POST", "/channel-codes/", body()).status_code == 409
    assert not ChannelCode.objects.exists()


def test_a_code_is_changed_and_keeps_its_state(send, operator, wecom):
    code = make_code(state="A02", kind=1, attachments=[{"msgtype": "image"}])
    answer = send(operator, "PUT", f"/channel-codes/{code.pk}/", body(name="新名", text="欢迎"))

    assert answer.status_code == 200
    code.refresh_from_db()
    assert (code.name, code.text, code.state) == ("新名", "欢迎", "A02")
    assert code.attachments == [{"msgtype": "image"}]
    assert [act for act, _ in wecom] == ["update"]


def test_one_person_does_not_become_several(send, operator, wecom):
    code = make_code(state="A02", kind=1)
    make_staff("lisi")
    refused = send(operator, "PUT", f"/channel-codes/{code.pk}/", body(staff=["zhangsan", "lisi"]))

    assert refused.status_code == 409
    assert refused.json()["problems"] == ["单人活码与多人活码不能互换"]
    assert wecom == []


def test_a_code_is_switched_off_once_and_on_again(send, operator, wecom):
    code = make_code(state="A02", kind=1)
    path = f"/channel-codes/{code.pk}"
    for act in ("disable", "disable", "enable", "enable"):
        answer = send(operator, "POST", f"{path}/{act}/")
        assert answer.json()["is_enabled"] is (act == "enable")

    assert [act for act, _ in wecom] == ["delete", "add"]


def test_only_codes_that_lead_to_ones_own_staff_are_seen(call, send, operator):
    code, other = make_code(state="A01"), make_staff("other")
    manager = make_user("boss", User.Role.MANAGER, other)

    assert call(manager, "/channel-codes/").json()["results"] == []
    assert call(manager, f"/channel-codes/{code.pk}/").status_code == 404
    code.staff.add(other)
    assert len(call(manager, "/channel-codes/").json()["results"]) == 1
    refused = send(manager, "POST", f"/channel-codes/{code.pk}/disable/")
    assert refused.json()["detail"] == "Your role has not the right for this: codes.edit."
    assert ChannelCode.objects.get().is_enabled


def test_what_other_departments_brought_is_not_counted(call):
    code, mine = make_code(state="chan1"), make_staff("mine")
    code.staff.add(mine)
    follow(Follow(staff=code.staff.get(userid="zhangsan")).staff, make_named("小林"))
    manager = make_user("boss", User.Role.MANAGER, mine)

    assert call(manager, f"/channel-codes/{code.pk}/").json()["figures"]["added"] == 0


def test_staff_see_no_codes(call):
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))

    assert call(guide, "/channel-codes/").status_code == 403
