"""One customer is tagged through the relation that is theirs."""

import pytest

from customers.models import Tag, TagAssignment, TagGroup
from org.models import AuditRow, User
from tests.api.people import follow, identity_of, make_named
from tests.makers import NOW, make_app, make_corp, make_staff, make_user
from touches.errors import BadTagging
from touches.models import Dispatch
from touches.services.tagging import tag_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    make_app()
    return make_user()


def make_tag(wecom_id: str | None = "et1", **over) -> Tag:
    group = TagGroup.objects.create(corp=make_corp(), name="意向")
    return Tag.objects.create(corp=make_corp(), group=group, name="高", wecom_id=wecom_id, **over)


def test_an_enterprise_tag_is_written_at_wecom(user: User) -> None:
    customer, tag = make_named("小林"), make_tag()
    follow(make_staff(), customer)
    tag_customer(customer=customer, tag=tag, is_added=True, user=user, now=NOW)
    call = Dispatch.objects.get()
    assert (call.context["add_tags"], call.context["source"]) == ([tag.pk], "console")
    assert not TagAssignment.objects.exists()
    row = AuditRow.objects.get()
    assert (row.subject, row.detail) == (
        f"customer:{customer.uid}",
        {"tag": "高", "is_added": True},
    )


def test_it_comes_off_the_relations_that_carry_it(user: User) -> None:
    customer, tag = make_named("小林"), make_tag()
    follow(make_staff("plain"), customer)
    carrying = follow(make_staff("carrying"), customer)
    TagAssignment.objects.create(
        identity=carrying.identity, follow=carrying, tag=tag, source="x", assigned_at=NOW
    )
    tag_customer(customer=customer, tag=tag, is_added=False, user=user, now=NOW)
    call = Dispatch.objects.get()
    assert (call.context["staff_id"], call.context["remove_tags"]) == (carrying.staff_id, [tag.pk])


def test_a_local_tag_is_put_on_and_off_at_once(user: User) -> None:
    customer, tag = make_named("小林"), make_tag(None)
    for _twice in range(2):
        tag_customer(customer=customer, tag=tag, is_added=True, user=user, now=NOW)
    assert TagAssignment.objects.get().identity == identity_of(customer)
    tag_customer(customer=customer, tag=tag, is_added=False, user=user, now=NOW)
    assert not TagAssignment.objects.exists()
    assert not Dispatch.objects.exists()


def test_what_cannot_be_written_is_refused_and_leaves_nothing(user: User) -> None:
    customer = make_named("没有好友")
    for tag in (make_tag(), make_tag("et2", is_deleted=True)):
        with pytest.raises(BadTagging):
            tag_customer(customer=customer, tag=tag, is_added=True, user=user, now=NOW)
    assert not Dispatch.objects.exists()
    assert not AuditRow.objects.exists()
