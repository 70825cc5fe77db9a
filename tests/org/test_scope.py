"""Who sees whose customers: the company, the departments one leads, or one's own."""

from datetime import UTC, datetime

import pytest

from org.models import Department, Staff, StaffDepartment, User
from org.selectors.scope import visible_staff_ids
from wecom.models import Corp

pytestmark = pytest.mark.django_db


@pytest.fixture
def corp():
    return Corp.objects.create(corp_id="ww1", name="团绒宠物")


def make_department(corp: Corp, number: int, parent: int = 0, **over: object) -> Department:
    return Department.objects.create(corp=corp, wecom_id=number, parent_wecom_id=parent, **over)


def seat(department: Department, userid: str, *, is_leader: bool = False) -> Staff:
    staff, _ = Staff.objects.get_or_create(
        corp=department.corp, userid=userid, userid_folded=userid
    )
    StaffDepartment.objects.create(staff=staff, department=department, is_leader=is_leader)
    return staff


def make_viewer(role: str, staff: Staff | None = None, **over: object) -> User:
    return User.objects.create(username=role, role=role, staff=staff, **over)


@pytest.mark.parametrize("role", ["admin", "operator", "manager", "staff"])
def test_who_has_left_the_corp_sees_nothing(corp, role: str):
    staff = seat(make_department(corp, 10), "gone", is_leader=True)
    assert visible_staff_ids(make_viewer(role, staff)) != []
    staff.left_at = datetime(2026, 11, 1, tzinfo=UTC)
    staff.save()
    assert visible_staff_ids(User.objects.get(username=role)) == []


@pytest.mark.parametrize("role", ["admin", "operator"])
def test_admins_and_operators_see_the_company(role: str):
    assert visible_staff_ids(make_viewer(role)) is None


def test_a_manager_sees_their_departments_with_all_below(corp):
    region, store, team = (make_department(corp, n, n - 1) for n in (10, 11, 12))
    other = make_department(corp, 20)
    boss = seat(region, "boss", is_leader=True)
    guide, newcomer = seat(store, "guide"), seat(team, "newcomer")
    seat(other, "stranger")

    assert visible_staff_ids(make_viewer("manager", boss)) == [boss.pk, guide.pk, newcomer.pk]


def test_sitting_in_a_department_is_not_leading_it(corp):
    store = make_department(corp, 10)
    boss = seat(store, "boss")
    seat(store, "guide")

    assert visible_staff_ids(make_viewer("manager", boss)) == [boss.pk]


def test_departments_of_another_corp_with_the_same_numbers_stay_apart(corp):
    other = Corp.objects.create(corp_id="ww2", name="别家")
    boss = seat(make_department(corp, 10), "boss", is_leader=True)
    seat(make_department(other, 11, 10), "stranger")

    assert visible_staff_ids(make_viewer("manager", boss)) == [boss.pk]


def test_a_deleted_department_gives_nothing(corp):
    boss = seat(make_department(corp, 10), "boss", is_leader=True)
    gone = make_department(corp, 11, 10, is_deleted=True)
    seat(gone, "leaver")

    assert visible_staff_ids(make_viewer("manager", boss)) == [boss.pk]


def test_departments_in_a_circle_end(corp):
    upper = make_department(corp, 10, 11)
    make_department(corp, 11, 10)
    boss = seat(upper, "boss", is_leader=True)

    assert visible_staff_ids(make_viewer("manager", boss)) == [boss.pk]


def test_staff_see_their_own(corp):
    guide = seat(make_department(corp, 10), "guide", is_leader=True)

    assert visible_staff_ids(make_viewer("staff", guide)) == [guide.pk]


@pytest.mark.parametrize("role", ["manager", "staff"])
def test_without_a_staff_member_nobody_is_seen(role: str):
    assert visible_staff_ids(make_viewer(role)) == []


def test_a_disabled_account_sees_nobody():
    assert visible_staff_ids(make_viewer("admin", is_active=False)) == []
