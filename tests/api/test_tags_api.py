"""Tags by the API: the library is listed and changed, customers get and lose tags."""

import pytest

from customers.models import Customer, Follow, Tag, TagAssignment
from org.models import ApiToken, AuditRow, User
from tests.api.people import follow, identity_of, make_named, tag
from tests.makers import make_app, make_corp, make_staff, make_user
from touches.models import Dispatch

pytestmark = pytest.mark.django_db
Scope = ApiToken.Scope


@pytest.fixture
def operator() -> User:
    return make_user()


def enterprise(name: str = "猫") -> Tag:
    """A tag that WeCom knows."""
    carried = tag(make_named("别人"), name)
    TagAssignment.objects.all().delete()
    Tag.objects.filter(pk=carried.pk).update(wecom_id="etWECOM")
    return Tag.objects.get(pk=carried.pk)


def path_of(customer: Customer, carried: Tag) -> str:
    return f"/customers/{customer.uid}/tags/{carried.pk}/"


def test_the_library_counts_who_carries_each(call, operator):
    carried = tag(make_named("小林"), "猫")
    tag(make_named("老王"), "狗")
    tag(make_named("小陈"), "猫")

    told = call(operator, "/tags/").json()

    assert told["is_exact"]
    [group] = told["results"]
    assert (group["name"], group["is_local"], group["corp"]) == ("需求", True, make_corp().corp_id)
    assert [(one["name"], one["customers"]) for one in group["tags"]] == [("猫", 2), ("狗", 1)]
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))
    [seen] = call(guide, "/tags/").json()["results"]
    assert {one["id"]: one["customers"] for one in seen["tags"]}[carried.pk] == 0


def test_local_tags_are_made_renamed_and_deleted(send, operator):
    make_corp()
    body = {"group_name": "活动", "names": ["双十一"], "is_local": True}
    made = send(operator, "POST", "/tags/", body)

    assert made.status_code == 201
    [[one]] = [group["tags"] for group in made.json()["results"]]
    renamed = send(operator, "PUT", f"/tags/{one['id']}/", {"name": "双十二"})
    assert renamed.json()["results"][0]["tags"][0]["name"] == "双十二"
    assert send(operator, "DELETE", f"/tags/{one['id']}/").status_code == 204
    assert send(operator, "DELETE", f"/tags/{one['id']}/").status_code == 404
    assert Tag.objects.get().is_deleted


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"names": []}, 400),
        ({"names": ["x" * 31]}, 400),
        ({"group_name": ""}, 422),
        ({"group": 10**9}, 422),
        ({"corp": "elsewhere"}, 422),
    ],
)
def test_tags_that_cannot_be_made(send, operator, over, status):
    make_corp()
    body = {"group_name": "活动", "names": ["双十一"], "is_local": True} | over

    assert send(operator, "POST", "/tags/", body).status_code == status
    assert not Tag.objects.exists()


def test_a_name_that_is_taken_is_a_conflict(send, operator):
    carried = tag(make_named("小林"), "猫")
    body = {"group": carried.group_id, "names": ["猫"]}
    refused = send(operator, "POST", "/tags/", body)

    assert refused.status_code == 409
    assert refused.json()["problems"] == ["这个标签组里已经有同名的标签。"]
    assert Tag.objects.count() == 1


def test_a_local_tag_is_put_and_taken_off_at_once(send, operator):
    carried, customer = tag(make_named("小林"), "猫"), make_named("老王")
    path = path_of(customer, carried)
    told = {"tag": carried.pk, "is_pending": False}
    for method, is_carried in (("PUT", True), ("PUT", True), ("DELETE", False), ("DELETE", False)):
        answer = send(operator, method, path)
        assert (answer.status_code, answer.json()) == (200, told | {"is_carried": is_carried})
        held = TagAssignment.objects.filter(identity=identity_of(customer))
        assert held.exists() is is_carried

    changes = AuditRow.objects.filter(subject=f"customer:{customer.uid}")
    assert [row.actor for row in changes] == [operator, operator]


def test_wecoms_tag_waits_for_wecom(send, operator):
    make_app()
    carried, customer = enterprise(), make_named("老王")
    friend = follow(make_staff("zhangsan"), customer)

    answer = send(operator, "PUT", path_of(customer, carried))

    told = {"tag": carried.pk, "is_carried": False, "is_pending": True}
    assert (answer.status_code, answer.json()) == (202, told)
    call = Dispatch.objects.get()
    assert (call.kind, call.context["staff_id"]) == ("mark_tag", friend.staff_id)


def test_without_a_friend_wecoms_tag_goes_nowhere(send, operator):
    make_app()
    carried, customer = enterprise(), make_named("老王")

    refused = send(operator, "PUT", path_of(customer, carried))

    assert refused.status_code == 409
    assert refused.json()["problems"] == ["没有员工与这位客户是好友，企业标签写不上去。"]
    assert not Dispatch.objects.exists()


def test_scope_and_rights(send):
    carried, customer = tag(make_named("小林"), "猫"), make_named("老王")
    mine, path = make_staff("mine"), path_of(customer, carried)
    manager = make_user("boss", User.Role.MANAGER, mine)
    assert send(manager, "PUT", path).status_code == 404
    follow(mine, customer)
    assert send(manager, "PUT", path, scopes=[Scope.TAGS_READ]).status_code == 403
    assert send(manager, "DELETE", f"/tags/{carried.pk}/").status_code == 403
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))
    Follow.objects.update(staff=guide.staff)
    assert send(guide, "PUT", path).status_code == 403

    assert not TagAssignment.objects.filter(identity=identity_of(customer)).exists()
    assert not Tag.objects.get().is_deleted
