import pytest

from sandbox.client import SimClient, SimError
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import FIRST, SECOND, THIRD, VIP, Wecom


def events(sim: SimClient, receiver: Receiver) -> list[tuple[str, str, str]]:
    assert sim.drain_callbacks(5)["drained"]
    return [
        (got.field("ChangeType"), got.field("UserID"), got.field("ExternalUserID"))
        for got in receiver.received
    ]


def get_code(scrm: Wecom, external_userid: str) -> int:
    return int(scrm.get("externalcontact/get", external_userid=external_userid)["errcode"])


def test_scan_emits_an_add_with_state_and_code(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    row = sim.act("scan_contact_way", config_id=scrm.way(state="门店A01"), customer="c-new")
    assert events(sim, receiver) == [("add_external_contact", "zhangsan", row["external_userid"])]
    (got,) = receiver.received
    assert got.field("State") == "门店A01"
    assert got.field("WelcomeCode") == row["welcome_code"]
    assert got.field("FromUserName") == "sys"


def test_scan_by_a_friend_emits_nothing(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    row = sim.act("scan_contact_way", config_id=scrm.way(), customer=FIRST)
    assert row["is_new"] is False
    assert events(sim, receiver) == []


def test_half_added_customer_is_unknown_to_the_apis_until_added_back(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    row = sim.act("scan_contact_way", config_id=scrm.way(), customer="c-new", half=True)
    customer = row["external_userid"]
    assert get_code(scrm, customer) == 84061
    pair = {"userid": "zhangsan", "external_userid": customer}
    assert scrm.code("mark_tag", **pair, add_tag=[VIP]) == 84061
    sim.act("add_back", customer="c-new", member="zhangsan")
    assert get_code(scrm, customer) == 0
    assert events(sim, receiver) == [
        ("add_half_external_contact", "zhangsan", customer),
        ("add_external_contact", "zhangsan", customer),
    ]


def test_add_back_carries_no_code_once_the_first_was_used(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    row = sim.act("scan_contact_way", config_id=scrm.way(), customer="c-new", half=True)
    body = {"welcome_code": row["welcome_code"], "text": {"content": "hi"}}
    assert scrm.code("send_welcome_msg", **body) == 0
    assert sim.act("add_back", customer="c-new", member="zhangsan")["welcome_code"] == ""
    sim.drain_callbacks(5)
    assert "WelcomeCode" not in receiver.received[-1].plain


def test_customer_who_deletes_stays_one_sided(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    sim.act("delete_friend", customer=SECOND, member="zhangsan")
    assert events(sim, receiver) == [("del_follow_user", "zhangsan", SECOND)]
    assert get_code(scrm, SECOND) == 0
    assert SECOND in scrm.get("externalcontact/list", userid="zhangsan")["external_userid"]


def test_member_who_deletes_ends_the_relation(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    sim.act("member_delete", customer=SECOND, member="zhangsan")
    assert events(sim, receiver) == [("del_external_contact", "zhangsan", SECOND)]
    assert get_code(scrm, SECOND) == 84061
    assert scrm.get("externalcontact/list", userid="zhangsan")["external_userid"] == [FIRST]


def test_customer_who_comes_back_keeps_remark_and_tags(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    sim.act("delete_friend", customer=FIRST, member="zhangsan")
    sim.act("add_friend", customer=FIRST, member="zhangsan", add_way=1)
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"]
    (mine,) = [row for row in follow if row["userid"] == "zhangsan"]
    assert mine["remark"] == "林女士-A01"
    assert mine["tags"][0]["tag_id"] == VIP
    assert mine["createtime"] > 1767225600
    assert [change for change, _, _ in events(sim, receiver)] == [
        "del_follow_user",
        "add_external_contact",
    ]


def test_edits_in_the_client_emit_events_and_edits_by_api_do_not(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    pair = {"userid": "zhangsan", "external_userid": FIRST}
    scrm.ext("remark", **pair, remark="由接口")
    scrm.ext("mark_tag", **pair, remove_tag=[VIP])
    assert events(sim, receiver) == []
    sim.act("edit_remark", customer=FIRST, member="zhangsan", remark="由成员")
    sim.act("tag_by_member", customer=FIRST, member="zhangsan", add=[VIP], personal=["熟客"])
    assert events(sim, receiver) == [("edit_external_contact", "zhangsan", FIRST)] * 2
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"][0]
    assert follow["remark"] == "由成员"
    assert [tag["tag_name"] for tag in follow["tags"]] == ["VIP", "熟客"]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("delete_friend", {"customer": THIRD, "member": "zhangsan"}),
        ("delete_friend", {"customer": THIRD, "member": "lisi"}),
        ("member_delete", {"customer": "c-none", "member": "lisi"}),
        ("add_back", {"customer": FIRST, "member": "zhangsan"}),
        ("add_friend", {"customer": FIRST, "member": "nobody"}),
        ("customer_message", {"customer": THIRD, "member": "lisi", "text": "x"}),
        ("scan_contact_way", {"customer": FIRST, "state": "none"}),
        ("no_such_action", {}),
        ("add_friend", {"colour": "red"}),
    ],
)
def test_senseless_actions_are_refused_without_events(
    sim: SimClient, receiver: Receiver, action: str, words: dict[str, str]
) -> None:
    with pytest.raises(SimError, match=" 400 "):
        sim.act(action, **words)
    assert events(sim, receiver) == []


def test_messages_reach_the_other_side(sim: SimClient) -> None:
    sim.act("customer_message", customer=FIRST, member="zhangsan", text="多少钱?")
    sim.act("staff_message", customer=FIRST, member="zhangsan", text="129")
    to_member, to_customer = sim.outbox()[-2:]
    assert (to_member["kind"], to_member["to"], to_member["from"]) == (
        "customer_message",
        "zhangsan",
        FIRST,
    )
    assert (to_customer["kind"], to_customer["to"], to_customer["payload"]) == (
        "staff_message",
        FIRST,
        {"text": "129"},
    )


def test_opened_link_is_only_noted(sim: SimClient, receiver: Receiver) -> None:
    sim.act("open_link", customer=FIRST, url="https://a.example/x")
    assert sim.outbox(kind="link_opened")[-1]["to"] == "https://a.example/x"
    assert events(sim, receiver) == []
