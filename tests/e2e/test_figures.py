"""Figures in the browser: a number opens on as many, a doubt is decided, nothing is unreadable."""

import re

import pytest

from common import bell
from org.models import User
from tests.console.figures_world import make_company
from tests.e2e.browser import OpenPage, check_everywhere, check_page, expect
from tests.makers import NOW, make_user
from tests.touches.mass_world import MASS, create_task, plan_mass
from tests.touches.world import Script, pump
from touches.models import Dispatch
from wecom import errors

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LOST = [errors.Ambiguous("-1"), errors.Ambiguous("-1")]


@pytest.fixture(autouse=True)
def _here(monkeypatch, settings) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    monkeypatch.setattr(bell, "ring", lambda _name: None)
    settings.DISPATCH_SETTLE_SECONDS = 0


@pytest.fixture
def operator() -> User:
    return make_user()


def test_the_board_is_sound(open_page: OpenPage, operator: User) -> None:
    make_company()
    page = open_page("/dashboard/", operator)

    expect(page.locator(".chart svg")).to_be_visible()
    check_everywhere(page)


def test_a_number_opens_on_as_many_people(open_page: OpenPage, operator: User) -> None:
    make_company()
    page = open_page("/dashboard/", operator)
    page.get_by_role("link", name="近30日").click()
    expect(page).to_have_url(re.compile("start=2026-10-24"))
    added = page.locator(".figure", has=page.locator("#about-added")).locator("a.value")
    count = added.inner_text()

    added.click()

    expect(page.locator("h1")).to_have_text("新增客户")
    expect(page.locator(".meta b")).to_have_text(count)
    expect(page.locator("tbody tr")).to_have_count(int(count))
    check_page(page)


def test_the_definition_shows_on_focus(open_page: OpenPage, operator: User) -> None:
    make_company()
    page = open_page("/dashboard/", operator)
    expect(page.locator("#about-lost")).to_be_hidden()

    page.get_by_role("button", name="“流失客户”的口径").focus()

    expect(page.locator("#about-lost")).to_be_visible()


def test_a_department_narrows_the_board_without_leaving_it(
    open_page: OpenPage, operator: User
) -> None:
    make_company()
    page = open_page("/dashboard/?start=2026-10-24", operator)
    friends = page.locator(".figure", has=page.locator("#about-friends")).locator("a.value")
    expect(friends).to_have_text("18")

    page.get_by_label("全部部门").select_option("城南")

    expect(friends).to_have_text("6")
    expect(page).to_have_url(re.compile(r"department=\d+"))
    export = page.get_by_role("link", name="导出 Excel")
    expect(export).to_have_attribute("href", re.compile(r"department=\d+"))
    expect(page.locator(".chart svg")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 400])
def test_touches_and_their_stories_are_sound(
    open_page: OpenPage, operator: User, width: int
) -> None:
    make_company()
    page = open_page("/touches/", operator, width=width)
    check_page(page)

    page.get_by_role("link", name=re.compile("被抑制")).first.click()
    expect(page.locator(".list .badge").first).to_have_text("被抑制")
    page.get_by_role("link", name=re.compile("关怀")).first.click()

    expect(page.locator("h1")).to_contain_text("关怀")
    check_page(page)


def test_a_doubt_is_decided(open_page: OpenPage, operator: User) -> None:
    dispatch = plan_mass("wmA", "wmB")
    pump(Script(*LOST, executed=[False, False]), MASS)
    page = open_page("/dispatches/unknown/", operator)
    expect(page.locator(".evidence")).to_contain_text("可能已经执行")
    check_page(page)

    page.get_by_role("button", name="放弃").click()
    question = page.get_by_role("dialog", name="放弃这次发送")
    expect(question).to_be_visible()
    check_page(page)
    question.get_by_role("button", name="取消").click()
    expect(question).to_be_hidden()
    dispatch.refresh_from_db()
    assert dispatch.state == "unknown"
    page.get_by_role("button", name="放弃").click()
    question.get_by_role("button", name="放弃").click()

    expect(page.locator(".toast")).to_contain_text("已放弃")
    expect(page.locator(".empty h2")).to_have_text("没有需要处理的发送")
    dispatch.refresh_from_db()
    assert dispatch.state == "cancelled"


@pytest.mark.parametrize("width", [1440, 400])
def test_mass_messages_and_calls_are_sound(open_page: OpenPage, operator: User, width: int) -> None:
    task = create_task("wmA", "wmB")
    page = open_page("/dispatches/", operator, width=width)
    check_page(page)
    page.get_by_role("link", name="会员日").click()
    expect(page.locator("h1")).to_have_text("会员日")
    check_page(page)

    page.get_by_role("button", name="催办").click()
    expect(page.locator(".toast")).to_contain_text("已提醒员工")
    page.get_by_role("button", name="撤回").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()

    expect(page.locator(".toast")).to_contain_text("2 条已在途")
    task.refresh_from_db()
    assert task.state == "stopping"
    assert Dispatch.objects.filter(kind="mass_cancel").count() == 1
    page.goto("/dispatches/calls/?start=2026-01-01&end=2027-12-31")
    expect(page.locator("tbody tr")).to_have_count(3)
    check_page(page)
