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
TASK = "送上换粮表"
WORDS = "换粮最怕急,这张表收好。"
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


def test_the_walk_through(desk: Desk, system: System) -> None:
    operator, phone, staff = desk.sit_down(), *_phones(desk)
    sign_in_by_password(operator)
    make_code(operator)
    publish_journey(operator)
    scan(phone)
    sidebar = open_sidebar(staff)
    send_article(sidebar)
    read(phone)
    hear_of_it(sidebar)
    find_them(operator)
    another_department_sees_nothing(desk, system)


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
    look(page, "02-code-form")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=CODE)).to_be_visible()
    look(page, "03-code")


def publish_journey(page: Page) -> None:
    go(page, "旅程 SOP")
    page.get_by_role("button", name="新建旅程").click()
    drawer = page.locator("#drawer-body")
    drawer.get_by_label("名称").fill("新客问候")
    drawer.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="新客问候")).to_be_visible()
    page.wait_for_load_state()  # keys and menus listen from then on
    page.get_by_role("button", name="在这里添加步骤").first.click()
    page.get_by_role("menuitem", name="员工任务").click()
    panel = page.locator("#panel")
    panel.get_by_label("标题").fill(TASK)
    panel.get_by_label("话术").fill(WORDS)
    panel.get_by_label("素材").select_option(label=ARTICLE)
    panel.get_by_role("button", name="保存").click()
    expect(page.locator("form.panel")).to_have_count(0)
    look(page, "04-journey")
    page.get_by_role("link", name="发布", exact=True).click()
    page.get_by_role("button", name="发布第 1 版").click()
    expect(page.get_by_text("已发布第 1 版")).to_be_visible()
    look(page, "05-published")


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
    look(phone, "06-welcome", ours=False)


def open_sidebar(staff: Page) -> Page:
    staff.goto("/")
    device = staff.get_by_role("region", name="员工的企业微信")
    device.get_by_role("link", name="客户", exact=True).click()
    device.get_by_role("link", name=CUSTOMER).click()
    look(staff, "07-staff-chat", ours=False)
    with staff.expect_popup() as opened:
        device.get_by_role("link", name="侧边栏").click()
    sidebar = opened.value
    expect(sidebar.get_by_role("heading", name=CUSTOMER)).to_be_visible(timeout=PATIENCE_MS)
    look(sidebar, "08-sidebar")
    return sidebar


def send_article(sidebar: Page) -> None:
    task = sidebar.locator(".task").filter(has_text=TASK)
    for _ in range(PATIENCE_MS // 2_000):  # the journey gives its task within seconds
        if task.count():
            break
        sidebar.wait_for_timeout(2_000)
        sidebar.reload()
        expect(sidebar.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    expect(task.get_by_label("要发送的话")).to_have_value(WORDS)
    task.get_by_role("button", name="发送").click()
    expect(sidebar.get_by_role("status")).to_contain_text("已发送")
    expect(sidebar.get_by_text("没有待办")).to_be_visible()
    sidebar.get_by_role("button", name="已回复").click()
    look(sidebar, "09-sent")


def read(phone: Page) -> None:
    device = phone.get_by_role("region", name="客户的手机")
    articles = device.get_by_role("link", name=ARTICLE)
    expect(device.get_by_text(WORDS)).to_be_visible(timeout=PATIENCE_MS)
    expect(articles).to_have_count(2)
    with phone.expect_popup() as opened:
        articles.last.click()
    article = opened.value
    expect(article.get_by_role("heading", name=ARTICLE)).to_be_visible()
    look(article, "10-article")


def hear_of_it(sidebar: Page) -> None:
    timeline = sidebar.locator("#timeline")
    expect(timeline.get_by_text(f"打开《{ARTICLE}》")).to_have_count(1, timeout=PATIENCE_MS)
    opened = sidebar.locator("#standing").get_by_text("打开素材", exact=True).locator("xpath=..")
    expect(opened).to_contain_text("1", timeout=PATIENCE_MS)
    sidebar.get_by_role("tab", name="动态").click()
    look(sidebar, "11-alert")


def find_them(operator: Page) -> None:
    go(operator, "客户")
    operator.get_by_role("link", name=CUSTOMER).click()
    expect(operator.get_by_role("heading", name=CUSTOMER)).to_be_visible()
    for words in (f"打开《{ARTICLE}》", "员工发送任务话术", "欢迎语已送达", "添加为好友"):
        expect(operator.get_by_text(words).first).to_be_visible()
    look(operator, "12-customer")
    funnel = _funnel(operator)
    for step in ("添加", "首次阅读", "首次回复"):
        expect(funnel.get_by_role("listitem").filter(has_text=step)).to_contain_text("1")
    look(operator, "13-dashboard")
    funnel.get_by_role("listitem").filter(has_text="首次阅读").get_by_role("link").click()
    expect(operator.get_by_role("link", name=CUSTOMER)).to_be_visible()
    look(operator, "14-people")


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


def sign_in_by_scan(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="企业微信登录").click()
    page.get_by_role("link", name="王五").click()
    expect(page.get_by_role("navigation", name="主导航")).to_be_visible()


def another_department_sees_nothing(desk: Desk, system: System) -> None:
    """Somebody else's manager signs in by a scan, in the dark."""
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
