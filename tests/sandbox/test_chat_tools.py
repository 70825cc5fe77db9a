"""What the tool bar of a chat sends arrives on devices, and the page opens the app's pages."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.config import SandboxConfig
from sandbox.testing import SandboxThread

CUSTOMER = "wmTESTexternal000000000000000001"
PAGES = SandboxConfig(
    sidebar_url="http://scrm.example.com/sidebar/", home_url="http://scrm.example.com/m/?a=1"
)


@pytest.fixture(scope="module")
def box() -> Iterator[SandboxThread]:
    with SandboxThread(PAGES) as running:
        yield running


def send(box: SandboxThread, action: str, **words: object) -> httpx.Response:
    return httpx.post(f"{box.url}/_sim/actions/{action}", json=words)


def test_texts_and_links_reach_the_customer(box: SandboxThread) -> None:
    pair = {"customer": CUSTOMER, "member": "zhangsan"}
    news = {"link": "https://a.example/l/1", "title": "表", "desc": "说明"}

    send(box, "staff_message", **pair, message={"msgtype": "text", "text": {"content": "你好"}})
    send(box, "staff_message", **pair, message={"msgtype": "news", "news": news})

    got = [e["payload"] for e in box.sim.outbox(to=CUSTOMER) if e["kind"] == "staff_message"]
    assert got == [
        {"text": "你好"},
        {
            "text": "",
            "attachments": [
                {
                    "msgtype": "link",
                    "link": {"url": "https://a.example/l/1", "title": "表", "desc": "说明"},
                }
            ],
        },
    ]


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "text", "text": {"content": ""}},
        {"msgtype": "news", "news": {"link": "javascript:1"}},
        {"msgtype": "msgmenu"},
        {},
    ],
)
def test_what_no_client_sends_is_refused(box: SandboxThread, message: dict[str, object]) -> None:
    answer = send(box, "staff_message", customer=CUSTOMER, member="zhangsan", message=message)

    assert answer.status_code == 400


def test_a_group_gets_it_from_its_members_only(box: SandboxThread) -> None:
    chat_id = box.sim.act("create_group", owner="zhangsan", name="宠友群")["chat_id"]
    message = {"msgtype": "text", "text": {"content": "大家好"}}

    assert send(box, "group_message", chat_id=chat_id, member="lisi", message=message).is_error
    assert send(
        box, "group_message", chat_id=chat_id, member="zhangsan", message=message
    ).is_success

    assert [e["payload"] for e in box.sim.outbox(to=chat_id)] == [{"text": "大家好"}]


def test_the_page_opens_the_tool_bar_as_the_member(box: SandboxThread) -> None:
    query = {"member": "zhangsan", "tab": "customers", "focus": CUSTOMER}
    regions = httpx.get(f"{box.url}/_pages/regions", params=query).json()

    body, top = regions["staff-body"]["html"], regions["staff-top"]["html"]
    assert "打开侧边栏" in body
    assert "sim_entry%3Dsingle_chat_tools" in body
    assert f"sim_contact%3D{CUSTOMER}" in body
    assert "sim_member%3Dzhangsan" in body
    assert "工作台" in top
    assert "%3Fa%3D1%26sim_entry%3Dnormal" in top
