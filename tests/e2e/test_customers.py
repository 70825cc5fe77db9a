"""The pages over customers hold in a real browser: sound, light, and usable by keyboard alone."""

import re
from uuid import uuid4

import pytest
from django.test import override_settings
from playwright.sync_api import Browser

from customers.events import LinkDwelled, OrderPaid
from customers.models import Customer, Follow, Profile, SavedView
from customers.services.ledger import record_events
from org.models import User
from scrm.tasks import pumps
from tests.api.people import follow, identity_of, make_named, resolved, tag
from tests.e2e.browser import OpenPage, check_everywhere, check_page, expect
from tests.e2e.test_weight import KILOBYTE, production, production_settings, weight
from tests.makers import NOW, make_app, make_event, make_staff, make_user

__all__ = ["production", "production_settings"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HOSTILE = '"><img src=x onerror=alert(1)>{{7*7}}\u202e🐱' + "长" * 60


@pytest.fixture
def admin() -> User:
    return make_user("admin", User.Role.ADMIN)


@pytest.fixture
def people() -> list[Customer]:
    """Five customers, the first with everything, the last with a hostile name."""
    make_app()
    staff = make_staff("周宁")
    made = [make_named(name) for name in ("林小满", "王五", "李雷", "韩梅梅", HOSTILE)]
    for customer in made:
        relation = follow(staff, customer)
        tag(customer, "敏感肠胃")
    Follow.objects.filter(pk=relation.pk).update(remark=HOSTILE[:128])
    first = resolved(made[0])
    dwelled = LinkDwelled("c", 1, HOSTILE, "knowledge", str(uuid4()), 95, 95, 60)
    record_events(
        [make_event(first, OrderPaid("no1", 26_800, title="成猫粮")), make_event(first, dwelled)],
        now=NOW,
    )
    return made


def test_the_pages_are_sound(open_page: OpenPage, admin: User, people: list[Customer]) -> None:
    page = open_page("/customers/", admin)
    expect(page.locator("#views small").first).to_have_text("5")
    check_everywhere(page)
    for address in (f"/customers/{people[0].uid}/", f"/customers/{people[4].uid}/", "/tags/"):
        page.goto(address)
        check_everywhere(page)


def test_nobody_at_all_is_sound(open_page: OpenPage, admin: User) -> None:
    page = open_page("/customers/", admin)
    expect(page.get_by_role("heading", name="还没有客户")).to_be_visible()
    check_page(page)


def test_what_is_typed_finds_and_stands_in_the_address(
    open_page: OpenPage, admin: User, people: list[Customer]
) -> None:
    page = open_page("/customers/", admin)
    page.get_by_role("searchbox", name="搜索昵称、备注、手机尾号").fill("小满")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=%E5%B0%8F%E6%BB%A1"))
    page.get_by_role("button", name="保存当前筛选").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("名称").fill("小满们")
    drawer.get_by_role("button", name="保存").click()
    expect(page.locator("#views [aria-current=page]")).to_contain_text("小满们")
    assert SavedView.objects.get(name="小满们").query == {"q": ["小满"]}
    check_page(page)


def test_rows_are_walked_chosen_and_tagged_by_keyboard(
    open_page: OpenPage, admin: User, people: list[Customer]
) -> None:
    page = open_page("/customers/", admin)
    page.locator("body").press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.locator("#bulk")
    expect(bar.locator("[data-count]")).to_have_text("2")
    check_page(page)
    bar.get_by_label("选择标签").select_option(label="敏感肠胃")
    bar.get_by_role("button", name="移除标签").click()
    expect(page.locator(".jobs")).to_contain_text("移除标签：敏感肠胃")
    pumps.PUMPS["scrm.jobs"](NOW)
    expect(page.locator(".jobs")).to_contain_text("2 位有变化")
    check_page(page)
    page.get_by_role("button", name="撤销").click()
    pumps.PUMPS["scrm.jobs"](NOW)
    expect(page.locator(".jobs")).to_contain_text("撤销：移除标签：敏感肠胃")
    page.locator("body").press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".c360")).to_be_visible()


def test_columns_stay_chosen(open_page: OpenPage, admin: User, people: list[Customer]) -> None:
    page = open_page("/customers/", admin)
    page.get_by_role("button", name="选择列").click()
    page.get_by_label("订单数").check()
    page.get_by_role("button", name="应用").click()
    expect(page.get_by_role("columnheader", name="订单数")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="订单数")).to_be_visible()


def test_a_note_a_tag_and_a_phone_on_the_page_of_one(
    open_page: OpenPage, admin: User, people: list[Customer]
) -> None:
    relation = identity_of(people[0]).follows.get()
    relation.sealed_mobiles = "13812345678"
    relation.save()
    page = open_page(f"/customers/{people[0].uid}/", admin)
    page.get_by_label("跟进记录", exact=True).fill("喜欢冻干")
    page.get_by_role("button", name="记录", exact=True).click()
    expect(page.locator("#tale")).to_contain_text("喜欢冻干")
    page.get_by_role("button", name="移除标签 敏感肠胃").click()
    expect(page.locator("#tags")).to_contain_text("还没有标签")
    page.get_by_role("button", name="查看完整手机号").click()
    expect(page.locator("#phones")).to_have_text("13812345678")
    page.get_by_role("link", name="订单", exact=True).click()
    expect(page.locator("#tale .timeline > li")).to_have_count(1)
    check_page(page)


@pytest.fixture
def fifty(admin: User) -> Customer:
    """A page full of customers."""
    staff = make_staff("周宁")
    for number in range(50):
        customer = make_named(f"客户{number}")
        follow(staff, customer)
        for name in ("敏感肠胃", "换粮期", "幼猫家庭"):
            tag(customer, name)
    Profile.objects.filter(pk=customer.pk).update(order_amount_fen=12_300)
    paid = [
        make_event(resolved(customer), OrderPaid(f"no{number}", 100, title="成猫粮"))
        for number in range(30)
    ]
    record_events(paid, now=NOW)
    return customer


@override_settings(DEBUG=False)
def test_the_pages_are_light(
    chrome: Browser, production: str, admin: User, fifty: Customer
) -> None:
    for address in ("/customers/", f"/customers/{fifty.uid}/"):
        received = weight(chrome, production, address, admin)
        assert 10 * KILOBYTE < received <= 60 * KILOBYTE, address
