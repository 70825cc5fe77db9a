"""Signing in both ways in a real browser, WeCom's part played by the sandbox."""

import re
from collections.abc import Iterator

import pytest

from org.models import AuditRow, Staff, User
from org.services.staff import mark_staff_left
from sandbox.testing import SandboxThread
from tests.e2e.browser import OpenPage, check_page, expect
from tests.makers import CORP_ID, NOW, make_corp, make_department, make_staff, make_user
from tests.wire import forget, make_apps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PASSWORD = "correct horse"


@pytest.fixture
def box(settings, live_server) -> Iterator[SandboxThread]:
    """A local WeCom with the fixture corp, whose members we know."""
    forget()
    with SandboxThread() as running:
        settings.WECOM_API_BASE_URL = running.url
        settings.WECOM_OAUTH_BASE_URL = settings.WECOM_LOGIN_BASE_URL = running.url
        settings.PUBLIC_URL = live_server.url
        make_apps()
        yield running
    forget()


@pytest.fixture
def zhangsan() -> Staff:
    """A member, as our copy of the contacts has them."""
    return make_staff("zhangsan", department=make_department(make_corp(CORP_ID), 2, 1))


def test_with_name_and_password(open_page: OpenPage):
    make_user("operator")
    page = open_page("/login/?next=/security/")

    page.get_by_label("账号").fill("operator")
    page.get_by_label("密码").fill("wrong horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    check_page(page)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="登录与安全")).to_be_visible()


def test_with_a_scan_on_a_desktop(open_page: OpenPage, box: SandboxThread, zhangsan: Staff):
    page = open_page("/login/?next=/security/", own=(box.url,))

    page.get_by_role("link", name="企业微信登录").click()
    expect(page).to_have_url(re.compile(r"/wwlogin/sso/login\?"))
    page.get_by_role("link", name="zhangsan").click()

    expect(page.get_by_role("heading", name="登录与安全")).to_be_visible()
    expect(page.get_by_text("企业微信", exact=True)).to_be_visible()
    assert User.objects.get().staff == zhangsan
    actions = AuditRow.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["account_created", "sign_in"]


def test_inside_wecom_without_a_word(
    open_page: OpenPage, box: SandboxThread, zhangsan: Staff, settings
):
    """A page for members asks WeCom by itself and comes back to where they wanted.

    WeCom wants `#wechat_redirect` in the address it is asked at; a browser keeps that fragment
    through all redirects that follow.
    """
    settings.DEBUG = True
    page = open_page("/login/", width=400, own=(box.url,))
    page.context.add_cookies([{"name": "sandbox_as", "value": "zhangsan", "url": box.url}])

    page.goto("/m/?from=menu")

    expect(page).to_have_url(re.compile(r"/m/\?from=menu(#wechat_redirect)?$"))
    assert User.objects.get().staff == zhangsan


def test_who_has_left_is_told_so(open_page: OpenPage, box: SandboxThread, zhangsan: Staff):
    page = open_page("/login/", own=(box.url,))
    mark_staff_left(corp_pk=zhangsan.corp_id, userid="zhangsan", now=NOW)

    page.get_by_role("link", name="企业微信登录").click()
    page.get_by_role("link", name="zhangsan").click()

    expect(page.get_by_text("你已不在这家企业的通讯录中")).to_be_visible()
    check_page(page)
    assert not User.objects.exists()
