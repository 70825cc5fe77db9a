"""Staff and departments, each in the viewer's scope."""

import pytest
from django.test import Client

from customers.models import Follow
from org.models import Department, Staff, StaffDepartment, User
from scrm.console.staff.views import _load
from tests.api.people import follow, make_named
from tests.makers import NOW, make_corp, make_department, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def company() -> dict[str, Staff]:
    """A shop with a team below it, and an office beside them."""
    shop = make_department(make_corp(), 10, 0)
    team = make_department(make_corp(), 11, 10)
    office = make_department(make_corp(), 12, 0)
    return {
        "lead": make_staff("lead", department=shop, is_leader=True),
        "guide": make_staff("guide", department=team),
        "clerk": make_staff("clerk", department=office),
    }


def names(browser: Client, query: str = "") -> list[str]:
    shown = browser.get(f"/staff/{query}").content.decode()
    return [name for name in ("clerk", "guide", "lead") if f"<b>{name}</b>" in shown]


def test_the_whole_company_is_shown_to_those_who_see_it(company):
    assert names(browser_of(make_user("op"))) == ["clerk", "guide", "lead"]


def test_a_manager_sees_their_departments_only(company):
    browser = browser_of(make_user("m", User.Role.MANAGER, company["lead"]))

    assert names(browser) == ["guide", "lead"]
    tree = browser.get("/staff/").content.decode()
    assert "部门10" in tree
    assert "部门12" not in tree


def test_a_department_is_chosen_with_all_below(company):
    browser = browser_of(make_user("op"))
    shop = Department.objects.get(wecom_id=10)
    team = Department.objects.get(wecom_id=11)

    assert names(browser, f"?department={shop.pk}") == ["guide", "lead"]
    assert names(browser, f"?department={team.pk}") == ["guide"]
    assert names(browser, "?q=CLE") == ["clerk"]


def test_a_foreign_department_narrows_nothing_and_shows_nothing_more(company):
    browser = browser_of(make_user("m", User.Role.MANAGER, company["lead"]))
    office = Department.objects.get(wecom_id=12)

    assert names(browser, f"?department={office.pk}") == ["guide", "lead"]


def test_leavers_are_shown_where_they_are_asked_for(company):
    Staff.objects.filter(userid="clerk").update(left_at=NOW, status=5)
    browser = browser_of(make_user("op"))

    assert names(browser) == ["guide", "lead"]
    assert names(browser, "?state=left") == ["clerk"]


def test_friends_are_counted_as_wecom_counts_them(company):
    follow(company["guide"], make_named("小林"))
    lost = make_named("旧客")
    follow(company["guide"], lost)
    Follow.objects.filter(identity__customer=lost).update(status="customer_deleted")

    shown = browser_of(make_user("op")).get("/staff/?q=guide").content.decode()

    assert 'value="1" aria-label="guide 的好友数"' in shown


@pytest.mark.parametrize(
    ("friends", "tone"), [(3_999, ""), (4_000, "warn"), (4_799, "warn"), (4_800, "bad")]
)
def test_the_limit_is_told_early(friends: int, tone: str):
    assert _load(friends) == tone


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_costs_the_same_queries(company, count: int, django_assert_num_queries):
    team = Department.objects.get(wecom_id=11)
    for number in range(count):
        StaffDepartment.objects.create(staff=make_staff(f"s{number}"), department=team)
    browser = browser_of(make_user("op"))
    # session; account with rights; departments; how many, staff, seats, friends.
    with django_assert_num_queries(7):
        browser.get("/staff/")
