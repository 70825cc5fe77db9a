"""Every component is sound in every state, light and dark, wide and on a phone."""

import pytest

from org.models import User
from tests.e2e.browser import OpenPage, check_everywhere, check_page, expect
from tests.makers import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def admin(settings) -> User:
    settings.GALLERY = True
    return make_user("admin", User.Role.ADMIN)


def test_every_component_is_sound(open_page: OpenPage, admin: User):
    page = open_page("/gallery/", admin)

    expect(page.locator(".chart svg")).to_have_count(5)
    check_everywhere(page)


def test_a_drawer_keeps_its_form_until_it_is_right(open_page: OpenPage, admin: User):
    page = open_page("/gallery/", admin)
    page.get_by_role("button", name="打开抽屉").click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_label("名称")).to_be_visible()
    check_page(page)

    drawer.get_by_role("button", name="保存").click()
    expect(drawer.locator(".error").first).to_be_visible()
    drawer.get_by_label("名称").fill("门店活码")
    drawer.get_by_label("门店").check()
    drawer.get_by_role("button", name="保存").click()

    expect(drawer).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("已保存")
    check_page(page)


def test_a_question_is_asked_before_something_is_lost(open_page: OpenPage, admin: User):
    page = open_page("/gallery/", admin)
    page.get_by_role("button", name="询问").click()
    question = page.get_by_role("dialog", name="删除旅程？")
    expect(question).to_be_visible()
    check_page(page)

    question.get_by_role("button", name="取消").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="询问").click()
    with page.expect_navigation():
        question.get_by_role("button", name="删除").click()


def test_choosing_rows_brings_the_bulk_bar(open_page: OpenPage, admin: User):
    page = open_page("/gallery/", admin)
    bar = page.locator(".bulk")
    expect(bar).to_be_hidden()

    page.get_by_label("选择本页全部").check()

    expect(bar).to_contain_text("已选 4")
    check_page(page)
    bar.get_by_role("button", name="取消选择").click()
    expect(bar).to_be_hidden()


def test_hidden_columns_stay_hidden(open_page: OpenPage, admin: User):
    page = open_page("/gallery/", admin)
    page.get_by_role("button", name="选择列").click()
    page.get_by_label("标签", exact=True).uncheck()
    expect(page.locator("th[data-col=tags]")).to_be_hidden()

    page.reload()

    expect(page.locator("th[data-col=tags]")).to_be_hidden()
    expect(page.locator("th[data-col=spend]")).to_be_visible()


def test_there_is_no_gallery_in_production(open_page: OpenPage, admin: User, settings):
    settings.GALLERY = False

    page = open_page("/gallery/", admin)

    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
