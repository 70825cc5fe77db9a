"""Channel codes and articles from the console to a customer's phone and back, in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connections

from campaigns.models import ChannelCode
from campaigns.services.welcome import run_welcome_lane
from common import clock
from content.models import Material, TrackedLink
from customers.services.dispatcher import dispatch_due
from customers.services.intake import take_in
from customers.services.refresh import refresh_due
from org.models import Staff, User
from sandbox.testing import SandboxThread
from scrm.loop import INTAKE, ROUTES
from scrm.wsgi import application
from tests.content.pictures import picture_bytes
from tests.e2e.browser import OpenPage, check_everywhere, check_page, expect
from tests.loop.phone import Phone
from tests.makers import CORP_ID, make_app, make_staff, make_user
from wecom import keys, tokens

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TEXT = "{客户}你好,我是{员工}"


@pytest.fixture
def box(settings, live_server) -> Iterator[SandboxThread]:
    """A local WeCom, and a product that speaks with it."""
    tokens.forget()
    keys.ring.forget()
    settings.DEBUG = True
    settings.PUBLIC_URL = live_server.url
    with SandboxThread() as running, callback_door() as door:
        for name in ("API", "OAUTH", "LOGIN", "PICTURE"):
            setattr(settings, f"WECOM_{name}_BASE_URL", running.url)
        running.sim.set_callback_url("scrm", f"{door}/wecom/callback/{CORP_ID}/scrm")
        yield running
    tokens.forget()


@contextmanager
def callback_door() -> Iterator[str]:
    """Serve WeCom's callbacks, which the test's live server knows nothing of."""
    server = make_server("127.0.0.1", 0, application, handler_class=Silent)

    def serve() -> None:
        server.serve_forever()
        connections.close_all()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Silent(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def lisi(box: SandboxThread) -> Staff:
    """Somebody who may have customers."""
    return make_staff("lisi", make_app().corp)


def work_through() -> None:
    """Do what the workers do: welcome, intake, reading the customer, the loop."""
    run_welcome_lane(now=clock.now(), budget_seconds=5)
    take_in(handlers=INTAKE, now=clock.now(), budget_seconds=5)
    refresh_due(now=clock.now(), budget_seconds=5)
    dispatch_due(routes=ROUTES, now=clock.now(), budget_seconds=5)


def test_a_code_is_made_scanned_and_its_customer_appears(
    open_page: OpenPage, box: SandboxThread, lisi: Staff
):
    page = open_page("/codes/", make_user("operator", User.Role.OPERATOR))
    page.get_by_role("link", name="新建活码").first.click()
    page.get_by_label("名称").fill("西湖店收银台")
    page.get_by_label("lisi").check()
    page.get_by_label("欢迎语", exact=True).fill(TEXT)
    expect(page.locator("[data-preview-text]")).to_have_text("小林你好,我是lisi")
    check_page(page)
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_role("heading", name="西湖店收银台")).to_be_visible()
    picture = page.get_by_alt_text("「西湖店收银台」的二维码")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") > 100
    check_page(page)

    code = ChannelCode.objects.get()
    box.sim.act("scan_contact_way", state=code.state, customer="小林", name="小林")
    box.sim.drain_callbacks()
    work_through()
    [greeting] = [entry for entry in box.sim.outbox() if entry["kind"] == "welcome"]
    # The welcome goes out before anybody has asked WeCom what the customer is called.
    assert greeting["payload"]["text"]["content"] == "朋友你好,我是lisi"

    page.reload()
    page.locator(".kpi").first.click()
    expect(page.get_by_text("小林")).to_be_visible()
    check_page(page)


def test_an_article_is_written_published_read_and_its_reader_told(
    open_page: OpenPage, box: SandboxThread, lisi: Staff
):
    page = open_page("/content/", make_user("operator", User.Role.OPERATOR))
    page.get_by_role("button", name="写文章").click()
    page.get_by_label("标题", exact=True).fill("7 天换粮表")
    page.get_by_label("文字").fill("这是全网最好的换粮办法")
    expect(page.get_by_role("heading", name="请再看看这些词")).to_be_visible()
    page.locator(".add").last.locator("summary").click()
    page.get_by_role("button", name="图片").last.click()
    page.get_by_label("选择图片").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture_bytes(size=(200, 100))}
    )
    expect(page.locator(".screen figure img")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="发布", exact=True).click()

    expect(page.get_by_text("第 1 版").first).to_be_visible()
    page.get_by_label("给谁用").select_option(label="lisi")
    page.get_by_role("button", name="生成链接").click()
    expect(page.locator("[data-copy]")).to_be_visible()
    assert Material.objects.get().is_published

    friend = box.sim.act("add_friend", customer="阿珍", member="lisi", name="阿珍")
    link = TrackedLink.objects.get(staff=lisi)
    with Phone(friend["external_userid"]) as phone:
        address = page.locator("[data-copy]").get_attribute("data-copy") or ""
        assert "这是全网最好的换粮办法" in phone.open(address)
        phone.read(seconds=1, depth=80, final=True)
    work_through()

    page.goto(f"/content/{link.material_id}/")
    readers = page.get_by_role("region", name="谁看了")
    expect(readers.get_by_text("lisi")).to_be_visible()
    expect(readers.get_by_text("80%")).to_be_visible()
    check_page(page)


def test_the_pages_are_sound(open_page: OpenPage, box: SandboxThread, lisi: Staff):
    admin = make_user("admin", User.Role.ADMIN)
    page = open_page("/codes/", admin)
    for path in ("/codes/", "/codes/new/", "/content/", "/content/scripts/", "/connection/"):
        page.goto(path)
        check_everywhere(page)


def test_the_connection_is_tested_and_ticked(open_page: OpenPage, box: SandboxThread, lisi: Staff):
    page = open_page("/connection/", make_user("admin", User.Role.ADMIN))
    page.get_by_role("button", name="测试连接").click()
    expect(page.get_by_text("全部通过")).to_be_visible()
    page.get_by_label("企业已完成认证").check()
    page.get_by_role("button", name="保存勾选").click()
    expect(page.get_by_label("企业已完成认证")).to_be_checked()
    page.get_by_text("显示回调 Token 和 EncodingAESKey").click()
    check_page(page)
    page.get_by_role("button", name="开始同步").click()
    expect(page.get_by_text("正在读通讯录")).to_be_visible()
