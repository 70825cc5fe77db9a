"""A member who is renamed at WeCom stays one row, whenever we hear of it."""

from datetime import timedelta

import pytest

from customers import events as kinds
from customers.models import Event, Follow, Friendship, RefreshRequest
from customers.services.identities import Resolved
from customers.services.ledger import record_events
from customers.services.rebuild import rebuild_all
from customers.services.renamed_staff import follow_rename
from org.models import Staff, StaffDepartment, User
from tests.makers import NOW, make_corp, make_department, make_event, make_person, make_staff
from tests.makers import make_user as make_login

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def follow(staff: Staff, person: Resolved, status: str) -> Follow:
    return Follow.objects.create(
        staff=staff, identity_id=person.identity_id, status=status, added_at=NOW
    )


def rename() -> None:
    follow_rename(corp_pk=make_corp().pk, userid="zhangsan", new_userid="ZhangSan01", now=LATER)


@pytest.fixture
def old() -> Staff:
    staff = make_staff("zhangsan")
    Staff.objects.filter(pk=staff.pk).update(status=5, left_at=NOW, is_follow_user=False)
    return staff


def test_a_rename_after_the_contacts_were_read_leaves_one_row_with_the_whole_history(old):
    new = make_staff("ZhangSan01", department=make_department())
    login = make_login("guide", User.Role.STAFF, old)
    both, only_new = make_person("wmBOTH"), make_person("wmNEW")
    follow(old, both, "staff_deleted")
    follow(new, both, "friend")
    follow(new, only_new, "friend")

    rename()

    (staff,) = Staff.objects.all()
    assert (staff.pk, staff.userid, staff.userid_folded) == (old.pk, "ZhangSan01", "zhangsan01")
    assert (staff.status, staff.left_at, staff.is_follow_user) == (1, None, True)
    login.refresh_from_db()
    assert login.staff_id == old.pk
    assert StaffDepartment.objects.get().staff_id == old.pk
    followed = Follow.objects.order_by("identity_id").values_list("staff_id", "identity_id")
    assert list(followed) == [(old.pk, both.identity_id), (old.pk, only_new.identity_id)]
    asked = RefreshRequest.objects.filter(kind="customer").values_list("key", flat=True)
    assert sorted(asked) == ["wmBOTH", "wmNEW"]


def test_events_and_friendships_of_both_rows_are_one_members(old):
    new, person = make_staff("zhangsan01"), make_person()
    record_events(
        [
            make_event(person, kinds.FriendRemovedByStaff(), staff=old),
            make_event(person, kinds.FriendAdded(), staff=new, occurred_at=LATER),
        ],
        now=LATER,
    )
    Friendship.objects.create(
        staff=old, identity_id=person.identity_id, is_friend=False, changed_at=NOW
    )
    Friendship.objects.create(
        staff=new, identity_id=person.identity_id, is_friend=True, changed_at=LATER
    )

    rename()

    assert set(Event.objects.values_list("staff_id", flat=True)) == {old.pk}
    kept = Friendship.objects.values_list("staff_id", "is_friend", "changed_at")
    assert list(kept) == [(old.pk, True, LATER)]
    rebuild_all(now=LATER)


def test_a_sign_in_of_each_row_leaves_two_people_who_may_sign_in(old):
    first = make_login("first", User.Role.STAFF, old)
    second = make_login("second", User.Role.STAFF, make_staff("zhangsan01"))

    rename()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.staff_id, second.staff_id) == (old.pk, None)


def test_somebody_new_under_the_old_userid_is_another_person():
    old, new = make_staff("zhangsan"), make_staff("zhangsan01")

    rename()

    assert list(Staff.objects.order_by("pk").values_list("pk", "userid")) == [
        (old.pk, "zhangsan"),
        (new.pk, "zhangsan01"),
    ]


def test_a_rename_that_is_told_twice_changes_nothing_more(old):
    rename()
    before = list(Staff.objects.values())

    rename()

    assert list(Staff.objects.values()) == before
