"""The pages of accounts and roles."""

import re

import pytest
from django.test import Client

from org.models import RoleRights, User
from org.selectors.rights import rights_by_role
from org.services.roles import edit_role
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_stands(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def boss() -> User:
    return make_user("boss", User.Role.ADMIN)


@pytest.fixture
def console(boss: User) -> Client:
    browser = Client()
    browser.force_login(boss)
    return browser


def ticked(browser: Client) -> set[str]:
    shown = browser.get("/roles/").content.decode()
    return set(re.findall(r'value="(\w+:[\w.]+)" checked', shown))


def test_the_list_is_narrowed_by_name_role_and_state(console: Client):
    make_user("lin", User.Role.OPERATOR)
    User.objects.filter(pk=make_user("gone", User.Role.STAFF).pk).update(is_active=False)

    def names(query: str) -> list[str]:
        shown = console.get(f"/accounts/{query}").content.decode()
        return [name for name in ("boss", "lin", "gone") if f"<small>{name}</small>" in shown]

    assert names("") == ["boss", "lin", "gone"]
    assert names("?role=operator") == ["lin"]
    assert names("?state=off") == ["gone"]
    assert names("?q=LI") == ["lin"]


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_queries(console: Client, count: int, django_assert_num_queries):
    for number in range(count):
        make_user(f"u{number}", User.Role.STAFF, make_staff(f"s{number}"))
    # session; account with rights; how many, accounts, what may be granted.
    with django_assert_num_queries(4):
        assert console.get("/accounts/").status_code == 200


def test_an_account_is_made_and_its_password_shown_once(console: Client):
    make_staff("zhangsan")
    form = {"username": "new", "display_name": "新人", "role": "staff", "staff": "ZhangSan"}

    shown = console.post("/accounts/new/", form).content.decode()

    user = User.objects.get(username="new")
    password = re.findall(r'class="mono secret">([^<]+)<', shown)[0]
    assert user.check_password(password)
    assert user.staff.userid == "zhangsan"
    assert password not in console.get("/accounts/").content.decode()


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"username": "boss"}, "已被使用"),
        ({"username": "BOSS"}, "已被使用"),
        ({"username": "<b>"}, "只能用字母"),
        ({"staff": "nobody"}, "没有这位在职员工"),
        ({"staff": "taken"}, "已有账号"),
        ({"role": "king"}, "king"),
    ],
)
def test_what_cannot_be_is_said_and_not_done(console: Client, over, sentence: str):
    make_user("t", User.Role.STAFF, make_staff("taken"))
    form = {"username": "new", "display_name": "新人", "role": "staff", "staff": ""} | over

    answer = console.post("/accounts/new/", form)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert User.objects.count() == 2


def test_fields_that_are_not_asked_for_are_not_taken(console: Client):
    form = {"username": "new", "display_name": "新人", "role": "staff", "staff": ""}
    console.post("/accounts/new/", form | {"is_superuser": "1", "is_staff": "1", "password": "x"})

    user = User.objects.get(username="new")
    assert (user.is_superuser, user.is_staff) == (False, False)


def test_an_account_is_changed_switched_off_and_on(console: Client):
    lin = make_user("lin", User.Role.OPERATOR)

    console.post(f"/accounts/{lin.pk}/", {"display_name": "小林", "role": "manager", "staff": ""})
    console.post(f"/accounts/{lin.pk}/state/", {"is_active": "0"})

    lin.refresh_from_db()
    assert (lin.display_name, lin.role, lin.is_active) == ("小林", "manager", False)
    console.post(f"/accounts/{lin.pk}/state/", {"is_active": "1"})
    lin.refresh_from_db()
    assert lin.is_active


def test_the_last_admin_is_told_why_not(console: Client, boss: User):
    answer = console.post(f"/accounts/{boss.pk}/state/", {"is_active": "0"}, follow=True)

    assert "至少要保留一个" in answer.content.decode()
    boss.refresh_from_db()
    assert boss.is_active


def test_an_unknown_account_is_not_found(console: Client):
    assert console.get("/accounts/999999/").status_code == 404
    assert console.post("/accounts/999999/state/").status_code == 404


def test_boxes_are_what_the_roles_may_do(console: Client):
    now = {f"{role}:{right}" for role, rights in rights_by_role().items() for right in rights}

    assert ticked(console) == now


def test_ticking_gives_and_unticking_takes(console: Client):
    boxes = ticked(console) - {"operator:touches.decide"} | {"staff:customers.view"}

    console.post("/roles/", {"rights": sorted(boxes)})

    assert ticked(console) == boxes
    assert set(RoleRights.objects.values_list("role", flat=True)) == {"operator", "staff"}


def test_an_admin_who_unticks_everything_keeps_accounts(console: Client):
    console.post("/roles/", {"rights": []})

    assert ticked(console) == {"admin:accounts.manage"}
    console.post("/roles/admin/reset/")
    assert rights_by_role()["admin"] >= {"audit.view"}


def test_an_operator_can_change_only_what_they_have(boss: User):
    rights = ["accounts.manage", "customers.view"]
    edit_role(role="operator", permissions=rights, actor=boss, now=NOW, address="")
    browser = Client()
    browser.force_login(make_user("lin", User.Role.OPERATOR))

    wanted = ["staff:customers.view", "staff:audit.view", "admin:customers.view"]
    browser.post("/roles/", {"rights": wanted})

    assert rights_by_role()["staff"] == {"customers.view", "workbench.use"}
    assert rights_by_role()["admin"] >= {"audit.view", "connection.manage"}
