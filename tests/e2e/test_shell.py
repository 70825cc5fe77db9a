"""The frame of the console holds in a real browser: light and dark, wide and on a phone."""

import pytest

from org.models import User
from tests.e2e.browser import OpenPage, check_page, expect
from tests.makers import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1440, 400])
def test_the_first_page_is_sound(open_page: OpenPage, width: int, dark: bool):
    page = open_page("/", make_user("admin", User.Role.ADMIN), width=width, dark=dark)

    check_page(page)


@pytest.mark.parametrize("dark", [False, True])
def test_signing_in_is_sound(open_page: OpenPage, dark: bool):
    page = open_page("/login/", width=400, dark=dark)

    check_page(page)


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
