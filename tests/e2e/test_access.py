"""Signing in and the pages of rights hold in a real browser."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from common import clock
from org.models import AuditRow, User
from org.services.audit import record_audit
from org.services.tokens import issue_token
from tests.e2e.browser import OpenPage, check_page, expect, take_picture
from tests.makers import make_app, make_department, make_staff, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PASSWORD = "correct horse"
PAGES = ("/accounts/", "/roles/", "/audit/", "/tokens/", "/staff/", "/security/")
# Where to leave pictures of what was looked at, if anywhere.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def boss() -> User:
    """An admin of a small company in which things happened."""
    make_app()
    shop = make_department(wecom_id=10, parent=0)
    team = make_department(wecom_id=11, parent=10)
    lead = make_staff("周宁", department=shop, is_leader=True)
    for name in ("陈一", "林小小", "王五"):
        make_staff(name, department=team)
    boss = make_user("admin", User.Role.ADMIN)
    make_user("manager", User.Role.MANAGER, lead)
    make_user("operator", User.Role.OPERATOR)
    now = clock.now()
    expires_at = now + timedelta(days=90)
    issue_token(user=boss, name="官网商城", expires_at=expires_at, now=now, actor=boss)
    for action in (AuditRow.Action.SIGN_IN, AuditRow.Action.REVEAL, AuditRow.Action.EXPORT):
        record_audit(actor=boss, action=action, subject="user:1", now=now, address="192.0.2.1")
    return boss


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (400, True)])
def test_every_page_is_sound(open_page: OpenPage, boss: User, width: int, dark: bool):
    page = open_page("/security/", boss, width=width, dark=dark)
    for path in PAGES:
        page.goto(path)
        check_page(page)
        if PICTURES:
            name = f"{path.strip('/')}-{width}-{'dark' if dark else 'light'}"
            take_picture(page, name, Path(PICTURES))


@pytest.mark.parametrize("path", ["/accounts/new/", "/tokens/new/"])
def test_drawers_are_sound(open_page: OpenPage, boss: User, path: str):
    page = open_page(path.removesuffix("new/"), boss)

    page.locator(f'[hx-get="{path}"]').first.click()

    expect(page.locator("#drawer-body form")).to_be_visible()
    check_page(page)
    if PICTURES:
        take_picture(page, f"drawer{path.replace('/', '-')}", Path(PICTURES))


def test_a_new_account_signs_in_and_chooses_a_password(open_page: OpenPage, boss: User):
    page = open_page("/accounts/", boss)
    page.get_by_role("button", name="新建账号").click()
    page.get_by_label("登录账号").fill("xiaolin")
    page.get_by_label("显示名").fill("小林")
    page.get_by_label("角色").last.select_option("operator")
    page.locator("#drawer-body").get_by_role("button", name="保存").click()
    given = page.locator("#drawer-body .secret").inner_text()
    check_page(page)

    guest = open_page("/login/?next=/security/", width=400)
    guest.get_by_label("账号").fill("xiaolin")
    guest.get_by_label("密码").fill(given)
    guest.get_by_role("button", name="登录", exact=True).click()
    expect(guest.get_by_role("heading", name="设置新密码")).to_be_visible()
    check_page(guest)
    for label in ("新密码", "再输入一次"):
        guest.get_by_label(label).fill("battery staple")
    guest.get_by_role("button", name="保存并登录").click()

    expect(guest.get_by_role("heading", name="登录与安全")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (400, True)])
def test_the_doors_are_sound(open_page: OpenPage, boss: User, width: int, dark: bool):
    page = open_page("/login/", width=width, dark=dark)
    for path, name in (
        ("/login/", "login"),
        ("/login/wecom/back?state=x", "refused"),
    ):
        page.goto(path)
        check_page(page)
        if PICTURES:
            take_picture(page, f"{name}-{width}-{'dark' if dark else 'light'}", Path(PICTURES))
