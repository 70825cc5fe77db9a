"""The page at `/`: what each device shows after what the other did."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from sandbox.fixture import fixture_world
from sandbox.pages.markup import Markup, el
from sandbox.pages.messages import rich_text
from sandbox.pages.view import Selection
from sandbox.testing import SandboxThread

CUSTOMER = "wmTESTexternal000000000000000001"


@pytest.fixture(scope="module")
def box() -> Iterator[SandboxThread]:
    with SandboxThread() as running:
        yield running


@pytest.fixture
def page(box: SandboxThread) -> Iterator[httpx.Client]:
    box.simulator.world.replace_with(fixture_world())
    box.simulator.outbox.clear()
    with httpx.Client(base_url=box.url) as client:
        yield client


def shown(page: httpx.Client, region: str, **selection: str) -> str:
    regions: dict[str, Any] = page.get("/_pages/regions", params=selection).json()
    return unescape(str(regions[region]["html"]))


def act(page: httpx.Client, name: str, **fields: Any) -> dict[str, Any]:
    answer = page.post(f"/_sim/actions/{name}", json=fields)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def test_the_page_asks_nothing_of_other_hosts_and_has_nothing_inline(page: httpx.Client) -> None:
    answer = page.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src")
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "style=" not in answer.text
    assert "<style" not in answer.text
    assert 'src="http' not in answer.text
    assert 'rel="stylesheet" href="http' not in answer.text


def test_a_message_of_the_customer_reaches_the_member(page: httpx.Client) -> None:
    act(page, "customer_message", customer=CUSTOMER, member="zhangsan", text="在吗？")
    selection = {"customer": CUSTOMER, "screen": "chats", "chat": "zhangsan", "member": "zhangsan"}
    assert "在吗？" in shown(page, "phone-body", **selection)
    assert "在吗？" in shown(page, "staff-body", tab="inbox", **selection)
    assert "在吗？" not in shown(page, "staff-body", tab="inbox", member="lisi")


def test_a_new_person_scans_a_code_and_chats(page: httpx.Client) -> None:
    made = page.post("/_pages/customers", json={"name": "小满"}).json()["external_userid"]
    assert "还没有添加任何员工" in shown(page, "phone-body", customer=made, screen="chats")
    act(page, "add_friend", customer=made, member="lisi")
    body = shown(page, "phone-body", customer=made, screen="chats", chat="lisi")
    assert "你已添加了 李四" in body
    assert page.get(f"/_sim/customers/{made}").json()["name"] == "小满"


def test_a_deleted_member_can_no_longer_be_written_to(page: httpx.Client) -> None:
    selection = {"customer": CUSTOMER, "screen": "chats", "chat": "zhangsan"}
    assert "发消息给 张三" in shown(page, "phone-foot", **selection)
    act(page, "delete_friend", customer=CUSTOMER, member="zhangsan")
    assert "发消息给" not in shown(page, "phone-foot", **selection)
    assert "你已删除对方" in shown(page, "phone-body", **selection)
    staff = shown(page, "staff-body", member="zhangsan", tab="customers")
    assert "已被删除" in staff


def test_only_changed_regions_are_sent(page: httpx.Client) -> None:
    first = page.get("/_pages/regions").json()
    have = ",".join(f"{name}:{region['hash']}" for name, region in first.items())
    act(page, "edit_remark", customer=CUSTOMER, member="zhangsan", remark="林女士")
    second = page.get("/_pages/regions", params={"have": have}).json()
    assert set(second) <= {"feed", "bar"}
    assert "员工修改备注或标签" in second["feed"]["html"]


def test_a_nickname_is_text_not_markup(page: httpx.Client) -> None:
    made = page.post("/_pages/customers", json={"name": "<img src=x onerror=alert(1)>"}).json()
    raw = page.get("/_pages/regions", params={"customer": made["external_userid"]}).json()
    assert all("<img src=x" not in region["html"] for region in raw.values())


@pytest.mark.parametrize("name", ["", "   "])
def test_a_person_needs_a_nickname(page: httpx.Client, name: str) -> None:
    assert page.post("/_pages/customers", json={"name": name}).status_code == 400


def test_a_link_opens_as_the_customer_and_is_noted(page: httpx.Client) -> None:
    url = "http://127.0.0.1:8000/l/abc"
    answer = page.get("/_pages/open", params={"as": CUSTOMER, "url": url}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, url)
    assert f"sandbox_as={CUSTOMER}" in answer.headers["set-cookie"]
    noted = page.get("/_sim/outbox", params={"kind": "link_opened"}).json()["entries"]
    assert [entry["from"] for entry in noted] == [CUSTOMER]


def test_a_login_address_is_told_who_opens_it(page: httpx.Client) -> None:
    url = "http://127.0.0.1:9000/connect/oauth2/authorize?appid=ww1&redirect_uri=http://a/"
    answer = page.get("/_pages/open", params={"as": "zhangsan", "url": url}, follow_redirects=False)
    assert answer.headers["location"].endswith("&as=zhangsan")


@pytest.mark.parametrize(
    ("person", "url"),
    [(CUSTOMER, "javascript:alert(1)"), (CUSTOMER, "/etc"), ("nobody", "http://127.0.0.1/")],
)
def test_other_addresses_and_strangers_are_refused(
    page: httpx.Client, person: str, url: str
) -> None:
    answer = page.get("/_pages/open", params={"as": person, "url": url}, follow_redirects=False)
    assert answer.status_code == 400
    assert page.get("/_sim/outbox", params={"kind": "link_opened"}).json()["entries"] == []


@pytest.mark.parametrize("name", ["routes.py", "..%2Froutes.py", "none.css"])
def test_only_page_files_are_served(page: httpx.Client, name: str) -> None:
    assert page.get(f"/_pages/static/{name}").status_code == 404
    assert page.get("/_pages/static/base.css").status_code == 200


def test_anchors_in_app_messages_open_and_other_tags_stay_text() -> None:
    written = rich_text('<a href="http://a.cn/1">客户</a><b>读了</b> http://b.cn', "zhangsan")
    assert written.count("<a ") == 2
    assert "&lt;b&gt;读了" in written
    assert "javascript" not in rich_text('<a href="javascript:x">点</a>', "zhangsan")


def test_elements_escape_text_and_attributes() -> None:
    assert el("p", "<b>", Markup("<i></i>"), None, ["a", "&"], title='"', hidden=True) == (
        '<p title="&quot;" hidden>&lt;b&gt;<i></i>a&amp;</p>'
    )


def test_a_selection_survives_its_address() -> None:
    chosen = Selection(customer="wm1", screen="scan", tab="sends", code="门店")
    assert Selection.parse({"screen": "nowhere", "tab": "x"}) == Selection()
    assert chosen.href(code="") == "?customer=wm1&screen=scan&tab=sends"
