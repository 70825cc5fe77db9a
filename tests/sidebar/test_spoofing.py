"""What a browser says of customers proves nothing: every request is checked against who asks."""

from uuid import uuid4

import pytest
from django.test import Client

from customers.models import Event, Follow, GroupChat, Membership
from org.models import User
from tests.makers import NOW, make_corp, make_staff, make_user
from tests.sidebar.desk import Desk, make_task, sign_in, token
from touches.models import Dispatch, Touch

pytestmark = pytest.mark.django_db


def everything_about(other: Desk, task: Touch) -> list[tuple[str, str, dict[str, str]]]:
    """Every request about a customer, as the owner would make it."""
    base = other.base
    return [
        ("POST", "/sidebar/open", {"external_userid": other.external_userid}),
        ("GET", f"{base}/", {}),
        ("GET", f"{base}/next", {}),
        ("GET", f"{base}/timeline", {"before": NOW.isoformat()}),
        ("POST", f"{base}/materials", {"q": ""}),
        ("POST", f"{base}/scripts", {"q": ""}),
        ("POST", f"{base}/message", {"material_id": "1"}),
        ("POST", f"{base}/sent", {"kind": "script", "title": "x", "token": token()}),
        ("GET", f"{base}/tags", {}),
        ("POST", f"{base}/tags", {"token": token()}),
        ("POST", f"{base}/remark", {"remark": "x", "token": token()}),
        ("POST", f"{base}/marks", {"mark": "replied", "token": token()}),
        ("POST", f"{base}/notes", {"text": "x", "token": token()}),
        ("POST", f"{base}/tasks/{task.uid}", {"answer": "done"}),
        ("GET", f"/m/customers/{other.customer.uid}/", {}),
    ]


def ask(client: Client, method: str, path: str, fields: dict[str, str]) -> int:
    answer = client.get(path, fields) if method == "GET" else client.post(path, fields)
    return answer.status_code


def test_another_members_customer_is_not_there(desk: Desk, colleague: Desk):
    task = make_task(colleague.relation)
    calls = Dispatch.objects.count()

    found = {
        (method, path): ask(desk.client, method, path, fields)
        for method, path, fields in everything_about(colleague, task)
    }

    assert set(found.values()) == {404}, found
    assert Event.objects.count() == 0
    assert Dispatch.objects.count() == calls
    task.refresh_from_db()
    assert task.state == Touch.State.DISPATCHED


def test_the_owner_finds_the_same(colleague: Desk):
    task = make_task(colleague.relation)

    found = {
        (method, path): ask(colleague.client, method, path, fields)
        for method, path, fields in everything_about(colleague, task)
        if not path.endswith("/message")
    }

    assert set(found.values()) == {200}, found


def test_nobody_and_nothing_look_alike(desk: Desk, colleague: Desk):
    foreign = desk.post("/sidebar/open", external_userid=colleague.external_userid)
    unknown = desk.post("/sidebar/open", external_userid="wmNobodyAtAll")
    empty = desk.post("/sidebar/open")

    assert {foreign.status_code, unknown.status_code, empty.status_code} == {404}
    assert foreign.content == unknown.content == empty.content


def test_a_wide_data_scope_opens_no_chat_of_others(colleague: Desk, desk: Desk):
    boss = sign_in(make_user("boss", User.Role.ADMIN, make_staff("boss", make_corp())))

    answer = boss.post("/sidebar/open", {"external_userid": colleague.external_userid})

    assert answer.status_code == 404


def test_a_task_of_a_colleague_about_a_shared_customer_is_theirs(desk: Desk, colleague: Desk):
    shared = Follow.objects.create(
        staff=colleague.staff, identity=desk.relation.identity, status="friend", added_at=NOW
    )
    task = make_task(shared)

    assert desk.post(f"{desk.base}/tasks/{task.uid}", answer="done").status_code == 404
    task.refresh_from_db()
    assert task.state == Touch.State.DISPATCHED


def test_whom_the_member_deleted_is_gone_and_who_deleted_them_is_not(desk: Desk):
    Follow.objects.filter(pk=desk.relation.pk).update(status=Follow.Status.CUSTOMER_DELETED)
    assert desk.get(f"{desk.base}/").status_code == 200

    Follow.objects.filter(pk=desk.relation.pk).update(status=Follow.Status.STAFF_DELETED)
    assert desk.get(f"{desk.base}/").status_code == 404


def test_a_group_without_the_member_is_not_there(desk: Desk, colleague: Desk):
    group = GroupChat.objects.create(corp=make_corp(), chat_id="wrGROUP", owner=colleague.staff)
    paths = ["/sidebar/group", "/sidebar/g/wrGROUP/materials", "/sidebar/g/wrGROUP/message"]
    fields = {"chat_id": "wrGROUP", "material_id": "1"}

    assert [desk.client.post(path, fields).status_code for path in paths] == [404, 404, 404]

    Membership.objects.create(
        group=group, member_userid=desk.staff.userid, staff=desk.staff, joined_at=NOW
    )
    assert desk.client.post(paths[0], fields).status_code == 200


@pytest.mark.parametrize(
    "path", ["/sidebar/", "/m/", "/m/customers/", "/sidebar/f/1/", "/sidebar/signature"]
)
def test_strangers_are_sent_to_sign_in(stranger: Client, path: str):
    answer = stranger.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_an_account_that_is_no_member_is_told_so():
    client = sign_in(make_user("operator", User.Role.OPERATOR))

    page = client.get("/sidebar/")

    assert page.status_code == 403
    assert "没有对应的企业微信成员" in page.content.decode()
    assert client.post("/sidebar/open", {"external_userid": "x"}).status_code == 403


def test_a_leaver_is_out_at_the_next_request(desk: Desk):
    desk.staff.left_at = NOW
    desk.staff.save(update_fields=["left_at"])

    assert desk.get(f"{desk.base}/").status_code == 302
    assert desk.post(f"{desk.base}/marks", mark="replied", token=str(uuid4())).status_code == 302
    assert Event.objects.count() == 0
