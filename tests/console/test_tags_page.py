"""The tags page through its door."""

import pytest
from django.test import Client

from customers.models import RefreshRequest, Tag, TagAssignment, TagGroup
from org.models import User
from tests.api.people import identity_of, make_named, tag
from tests.makers import NOW, make_app, make_corp, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def sign_in(role: str = User.Role.OPERATOR) -> Client:
    client = Client()
    client.force_login(make_user(role, role, make_staff(f"of-{role}")))
    return client


def text(client: Client, address: str = "/tags/", **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_counts_come_after_the_page_and_lead_to_who_carries_a_tag() -> None:
    carried = tag(make_named("甲"), "敏感肠胃")
    client = sign_in()
    assert "<small>…</small>" in text(client)
    counted = text(client, **{"HX-Request": "true"})
    assert f'href="/customers/?tag={carried.pk}">敏感肠胃</a>' in counted
    assert "<small>1</small>" in counted
    assert "本地标签" in counted


def test_a_manager_reads_and_changes_nothing() -> None:
    carried = tag(make_named("甲"), "敏感肠胃")
    client = sign_in(User.Role.MANAGER)
    assert "重命名" not in text(client)
    for address in ("new/", "sync/", f"{carried.pk}/rename/", f"{carried.pk}/delete/"):
        assert client.post(f"/tags/{address}").status_code == 403
    assert Tag.objects.filter(is_deleted=False).count() == 1


def test_local_tags_are_made_renamed_and_deleted() -> None:
    make_app()
    client = sign_in()
    assert "新建标签组" in text(client, "/tags/new/")
    answer = client.post(
        "/tags/new/", {"names": "老客\n会员，新客", "group_name": "关系", "is_local": "1"}
    )
    assert answer["Location"] == "/tags/"
    group = TagGroup.objects.get()
    assert sorted(group.tags.values_list("name", flat=True)) == ["会员", "新客", "老客"]
    taken = client.post(f"/tags/groups/{group.pk}/new/", {"names": "老客"})
    assert (taken.status_code, "已经有同名" in taken.content.decode()) == (422, True)
    old = Tag.objects.get(name="老客")
    client.post(f"/tags/{old.pk}/rename/", {"name": "两年老客"})
    client.post(f"/tags/groups/{group.pk}/rename/", {"name": "交情"})
    old.refresh_from_db()
    assert (old.name, old.group.name) == ("两年老客", "交情")
    TagAssignment.objects.create(
        identity=identity_of(make_named("甲")), tag=old, source="x", assigned_at=NOW
    )
    client.post(f"/tags/{old.pk}/delete/")
    assert TagAssignment.objects.count() == 0
    client.post(f"/tags/groups/{group.pk}/delete/")
    assert not Tag.objects.filter(is_deleted=False).exists()
    assert client.post(f"/tags/{old.pk}/delete/").status_code == 404


def test_reading_the_library_again_is_asked_for() -> None:
    make_corp()
    client = sign_in()
    client.post("/tags/sync/")
    assert RefreshRequest.objects.get().kind == "tags"
    assert "正在从企业微信核对标签库" in text(client)


def test_the_page_costs_the_same_queries_however_many(django_assert_num_queries) -> None:
    client = sign_in()
    carrier = make_named("甲")
    for number in range(9):
        tag(carrier, f"标签{number}")
    # session, user with rights and staff; tags, groups, whether the library is awaited.
    with django_assert_num_queries(5):
        text(client)
    # … and the counts, after a look at how many there are.
    with django_assert_num_queries(7):
        text(client, **{"HX-Request": "true"})
