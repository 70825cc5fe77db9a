"""The frame of the console holds in a real browser: light and dark, wide and on a phone."""

import pytest

from common import clock
from org.models import User
from org.services.jobs import start_job
from tests.e2e.browser import OpenPage, check_everywhere, check_page, expect
from tests.makers import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_the_first_page_is_sound(open_page: OpenPage):
    page = open_page("/", make_user("admin", User.Role.ADMIN))

    check_everywhere(page)


def test_signing_in_is_sound(open_page: OpenPage):
    page = open_page("/login/")

    check_everywhere(page)


def test_on_a_phone_the_rail_comes_from_the_side(open_page: OpenPage):
    page = open_page("/", make_user("admin", User.Role.ADMIN), width=400)
    rail = page.get_by_role("navigation", name="主导航")
    expect(rail).to_be_hidden()

    page.get_by_role("button", name="打开导航").click()

    expect(rail).to_be_visible()
    check_page(page)
    page.keyboard.press("Escape")
    expect(rail).to_be_hidden()


def test_the_theme_is_kept(open_page: OpenPage):
    page = open_page("/", make_user("admin", User.Role.ADMIN))

    page.get_by_role("button", name="切换深色").click()
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_language_is_switched_from_the_account_menu(open_page: OpenPage):
    page = open_page("/", make_user("admin", User.Role.ADMIN))

    page.get_by_role("button", name="admin").click()
    page.get_by_role("button", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_command_menu_works_by_keyboard_alone(open_page: OpenPage):
    page = open_page("/", make_user("admin", User.Role.ADMIN))
    page.keyboard.press("Control+k")
    menu = page.get_by_role("dialog", name="搜索与跳转")
    expect(menu.get_by_role("option").first).to_be_visible()
    check_page(page)

    page.keyboard.type("运行")
    expect(menu.get_by_role("option")).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="运行状态")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_jobs_are_watched_and_stopped_in_the_tray(open_page: OpenPage, dark: bool):
    admin = make_user("admin", User.Role.ADMIN)
    start_job(
        kind="t", subject="", title="批量打标签", plan={}, total=9, user=admin, now=clock.now()
    )
    page = open_page("/", admin, dark=dark)
    expect(page.locator("#jobs-dot")).to_be_visible()

    page.get_by_role("button", name="任务", exact=True).click()
    tray = page.locator("#jobs")
    expect(tray).to_contain_text("批量打标签")
    check_page(page)
    tray.get_by_role("button", name="取消").click()

    expect(tray).to_contain_text("已取消")


@pytest.mark.parametrize("width", [1440, 400])
@pytest.mark.parametrize("path", ["/jobs/", "/alerts/", "/nowhere"])
def test_small_pages_are_sound(open_page: OpenPage, path: str, width: int):
    check_page(open_page(path, make_user("admin", User.Role.ADMIN), width=width, dark=width == 400))
