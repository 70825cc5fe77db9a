"""The walk-through of the README in three browsers: operator, staff member, customer.

The operator makes a channel code and publishes a journey. A customer scans the code on their phone
and is welcomed; the journey gives the staff member a task, who sends an article from the sidebar
with one tap. The customer reads it, the open sidebar says so at once, and the operator finds the
person behind every number of the dashboard.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django import DjangoDbBlocker

from tests.e2e.browser import Watch, check_page, take_picture
from tests.e2e.company import ARTICLE, PASSWORD, PHONE, Desk, company
from tests.system import System

pytestmark = pytest.mark.slow
CODE = "西湖店收银台"
CUSTOMER = "小满和她的猫"
TASK = "新客首次问候"
WELCOME = "你好,我是张三。送你一份换粮表。"
# Milliseconds; a whole round through WeCom, workers and back.
PATIENCE_MS = 60_000
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def system(services_running: None, django_db_blocker: DjangoDbBlocker) -> Iterator[System]:
    with django_db_blocker.unblock(), company() as running:
        yield running


@pytest.fixture
def desk(chrome: Browser, system: System, watch: Watch) -> Iterator[Desk]:
    sitting = Desk(chrome, system, watch)
    yield sitting
    sitting.stand_up()


def look(page: Page, name: str, *, ours: bool = True) -> None:
    """Check a page of ours as a demanding visitor would, and keep a picture where asked."""
    if ours:
        check_page(page)
    if PICTURES:
        take_picture(page, name, Path(PICTURES))


def test_the_walk_through(desk: Desk) -> None:
    operator, phone, staff = desk.sit_down(), *_phones(desk)
    sign_in_by_password(operator)
    make_code(operator)
    scan(phone)
    sidebar = open_sidebar(staff)
    send_article(sidebar)
    read(phone)
    hear_of_it(sidebar)
    find_them(operator)


def _phones(desk: Desk) -> tuple[Page, Page]:
    windows = [desk.sit_down(width=PHONE, height=860, sandbox=True) for _ in range(2)]
    return windows[0], windows[1]


def go(page: Page, place: str) -> None:
    """Open a page of the console by its entry in the rail."""
    page.get_by_role("navigation", name="主导航").get_by_role("link", name=place).click()


def sign_in_by_password(page: Page) -> None:
    page.goto("/")
    page.get_by_label("账号").fill("operator")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
    look(page, "01-home")


def make_code(page: Page) -> None:
    go(page, "渠道活码")
    page.get_by_role("link", name="新建活码").first.click()
    page.get_by_label("名称").fill(CODE)
    page.get_by_label("张三").check()
    page.get_by_label("欢迎语").fill(WELCOME)
    page.get_by_label("附上素材").select_option(label=ARTICLE)
    page.get_by_label("首个任务").fill(TASK)
    page.get_by_label("加上好友后多少分钟提醒员工").fill("0")
    look(page, "02-code-form")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=CODE)).to_be_visible()
    look(page, "03-code")


def scan(phone: Page) -> None:
    phone.goto("/")
    device = phone.get_by_role("region", name="客户的手机")
    device.get_by_label("新客户的昵称").fill(CUSTOMER)
    device.get_by_role("button", name="新建客户").click()
    device.get_by_role("link", name="扫一扫").click()
    device.get_by_label("搜索渠道活码").fill(CODE)
    device.get_by_role("button", name="扫码").click()
    expect(device.get_by_text(WELCOME)).to_be_visible(timeout=PATIENCE_MS)
    expect(device.get_by_role("link", name=ARTICLE)).to_be_visible()
    look(phone, "04-welcome", ours=False)


def open_sidebar(staff: Page) -> Page:
    staff.goto("/")
    device = staff.get_by_role("region", name="员工的企业微信")
    device.get_by_role("link", name="客户", exact=True).click()
    device.get_by_role("link", name=CUSTOMER).click()
    look(staff, "05-staff-chat", ours=False)
    with staff.expect_popup() as opened:
        device.get_by_role("link", name="侧边栏").click()
    sidebar = opened.value
    expect(sidebar.get_by_role("heading", name=CUSTOMER)).to_be_visible(timeout=PATIENCE_MS)
    look(sidebar, "06-sidebar")
    return sidebar


def send_article(sidebar: Page) -> None:
    sidebar.get_by_role("tab", name="素材").click()
    sidebar.get_by_role("button", name=f"发送：{ARTICLE}").click()
    expect(sidebar.get_by_role("status")).to_contain_text("已发送")
    sidebar.get_by_role("tab", name="待办").click()
    task = sidebar.get_by_role("article").filter(has_text=TASK).last
    task.get_by_role("button", name="完成").click()
    expect(sidebar.get_by_text("没有待办")).to_be_visible()
    sidebar.get_by_role("button", name="已回复").click()
    look(sidebar, "07-sent")


def read(phone: Page) -> None:
    device = phone.get_by_role("region", name="客户的手机")
    articles = device.get_by_role("link", name=ARTICLE)
    expect(articles).to_have_count(2, timeout=PATIENCE_MS)
    with phone.expect_popup() as opened:
        articles.last.click()
    article = opened.value
    expect(article.get_by_role("heading", name=ARTICLE)).to_be_visible()
    look(article, "08-article")


def hear_of_it(sidebar: Page) -> None:
    timeline = sidebar.locator("#timeline")
    expect(timeline.get_by_text(f"打开《{ARTICLE}》")).to_have_count(1, timeout=PATIENCE_MS)
    sidebar.get_by_role("tab", name="动态").click()
    look(sidebar, "09-alert")


def find_them(operator: Page) -> None:
    go(operator, "客户")
    operator.get_by_role("link", name=CUSTOMER).click()
    expect(operator.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    for words in (f"阅读《{ARTICLE}》", "员工发送素材", "欢迎语已送达", "添加为好友"):
        expect(operator.get_by_text(words).first).to_be_visible()
    look(operator, "10-customer")
    funnel = _funnel(operator)
    for step in ("添加", "首次阅读", "首次回复"):
        expect(funnel.get_by_role("listitem").filter(has_text=step)).to_contain_text("1")
    look(operator, "11-dashboard")
    funnel.get_by_role("listitem").filter(has_text="首次阅读").get_by_role("link").click()
    expect(operator.get_by_role("link", name=CUSTOMER)).to_be_visible()
    look(operator, "12-people")


def _funnel(operator: Page) -> Locator:
    """Open the dashboard when its figures have been folded as far as the mark."""
    found = operator.locator(".funnel")
    for _ in range(PATIENCE_MS // 1_000):
        go(operator, "数据看板")
        expect(operator.get_by_role("heading", name="数据看板")).to_be_visible()
        last = found.get_by_role("listitem").filter(has_text="首次回复")
        if last.count() and last.get_by_role("link").count():
            break
        operator.wait_for_timeout(1_000)
    return found


def test_another_department_sees_nothing_of_it(desk: Desk, system: System) -> None:
    """Somebody else's manager signs in by a scan, in the dark; runs after the walk."""
    [person] = system.query(
        "SELECT uid::text, value FROM customers_customer customer"
        "  JOIN customers_identity identity ON identity.customer_id = customer.id"
        " WHERE name = %s AND namespace LIKE 'wecom:%%'",
        [CUSTOMER],
    )
    page = desk.sit_down(dark=True)
    sign_in_by_scan(page)
    go(page, "客户")
    expect(page.get_by_role("heading", name="客户", exact=True)).to_be_visible()
    expect(page.get_by_text(CUSTOMER)).to_have_count(0)
    look(page, "20-their-customers")
    for place in ("数据看板", "触达与群发", "渠道活码", "标签"):
        go(page, place)
        check_page(page)
        expect(page.get_by_text(CUSTOMER)).to_have_count(0)
    go(page, "数据看板")
    expect(page.get_by_text("期间没有新增客户").first).to_be_visible()
    look(page, "21-their-dashboard")
    assert page.request.get(f"/customers/{person['uid']}/").status == 404
    assert page.request.get(f"/api/v1/customers/{person['uid']}/").status == 404
    assert page.request.get("/api/v1/touches/").json()["results"] == []
    page.goto(f"/sidebar/?sim_entry=single_chat_tools&sim_contact={person['value']}")
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    expect(page.get_by_text(CUSTOMER)).to_have_count(0)


def sign_in_by_scan(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="企业微信登录").click()
    page.get_by_role("link", name="王五").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()
