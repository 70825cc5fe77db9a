import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import CORP, Wecom

TEXT = {"content": "您好,我是导购张三"}
LINK = {
    "msgtype": "link",
    "link": {"title": "会员中心", "picurl": "https://a/p", "desc": "领券", "url": "https://a/m"},
}


@pytest.fixture
def code(sim: SimClient) -> str:
    return str(sim.act("add_friend", customer="c-new", member="zhangsan")["welcome_code"])


def send(scrm: Wecom, code: str, **words: object) -> int:
    return scrm.code("send_welcome_msg", welcome_code=code, **(words or {"text": TEXT}))


def test_welcome_arrives_as_separate_messages(sim: SimClient, scrm: Wecom, code: str) -> None:
    since = sim.outbox(limit=1)[-1]["id"] if sim.outbox(limit=1) else 0
    assert send(scrm, code, text=TEXT, attachments=[LINK]) == 0
    entries = sim.outbox(since=since, kind="welcome")
    assert [entry["payload"] for entry in entries] == [{"msgtype": "text", "text": TEXT}, LINK]
    customer = sim.customer("c-new")["external_userid"]
    assert {(entry["to"], entry["from"]) for entry in entries} == {(customer, "zhangsan")}


def test_code_works_once(scrm: Wecom, code: str) -> None:
    assert send(scrm, code) == 0
    assert send(scrm, code) == 41051


def test_code_lives_twenty_simulated_seconds(sim: SimClient, scrm: Wecom, code: str) -> None:
    sim.advance(19)
    late = str(sim.act("add_friend", customer="c-late", member="zhangsan")["welcome_code"])
    assert send(scrm, code) == 0
    sim.advance(21)
    assert send(scrm, late) == 41050
    assert sim.outbox(kind="welcome", to=sim.customer("c-late")["external_userid"]) == []


@pytest.mark.parametrize(("code", "errcode"), [("", 41049), ("WELCOMEnone", 41050)])
def test_missing_and_unknown_codes_are_refused(scrm: Wecom, code: str, errcode: int) -> None:
    assert send(scrm, code) == errcode


def test_second_app_hears_being_sent_then_chat_started(
    sim: SimClient, scrm: Wecom, code: str
) -> None:
    snapshot = sim.snapshot()
    apps = snapshot["corps"][CORP]["apps"]
    apps["other"] = {**apps["scrm"], "slug": "other", "secret": "other", "agent_id": 1000003}
    sim.restore(snapshot)
    other = Wecom(sim, "other")
    assert send(scrm, code) == 0
    assert send(other, code) == 41096
    sim.advance(2)
    assert send(other, code) == 41051


def test_started_chat_gives_41051(sim: SimClient, scrm: Wecom, code: str) -> None:
    sim.act("customer_message", customer="c-new", member="zhangsan", text="在吗")
    assert send(scrm, code) == 41051


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"text": {}}, 40063),
        ({"text": {"content": "字" * 1334}}, 40058),
        ({"attachments": [LINK] * 10}, 41064),
        ({"attachments": [{"msgtype": "poem", "poem": {}}]}, 41065),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "none"}}]}, 40007),
        ({"attachments": [{"msgtype": "link", "link": {"title": "t"}}]}, 40063),
        (
            {"attachments": [{"msgtype": "link", "link": {"title": "字" * 43, "url": "u"}}]},
            40058,
        ),
        ({"attachments": [{"msgtype": "miniprogram", "miniprogram": {"title": "t"}}]}, 40063),
    ],
)
def test_refused_content_leaves_the_code_usable(
    scrm: Wecom, code: str, words: dict[str, object], errcode: int
) -> None:
    assert send(scrm, code, **words) == errcode
    assert send(scrm, code) == 0


def test_console_welcome_suppresses_the_code(sim: SimClient) -> None:
    sim.act("update_user", userid="zhangsan", admin_welcome=True)
    row = sim.act("add_friend", customer="c-new", member="zhangsan")
    assert row["welcome_code"] == ""
