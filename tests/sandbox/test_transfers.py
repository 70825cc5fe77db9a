import pytest

from sandbox.client import SimClient
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import FIRST, GROUP, NOW, SECOND, THIRD, VIP, Wecom

DAY = 86_400
PAIR = {"handover_userid": "zhangsan", "takeover_userid": "wangwu"}


def hand_over(scrm: Wecom, *customers: str, **words: object) -> list[int]:
    answer = scrm.ext("transfer_customer", **{**PAIR, "external_userid": list(customers), **words})
    assert answer["errcode"] == 0, answer
    return [row["errcode"] for row in answer["customer"]]


def statuses(scrm: Wecom, path: str = "transfer_result", **pair: str) -> list[tuple[str, int]]:
    rows = scrm.ext(path, **(pair or PAIR))["customer"]
    return [(row["external_userid"], row["status"]) for row in rows]


def test_hand_over_waits_a_day_and_then_moves_the_customer(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    sim.change_settings(callback_concurrency=1)
    assert hand_over(scrm, FIRST) == [0]
    row = scrm.ext("transfer_result", **PAIR)["customer"][0]
    assert row == {"external_userid": FIRST, "status": 2, "takeover_time": NOW + DAY}
    scrm.sleep(DAY)
    assert statuses(scrm) == [(FIRST, 1)]
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"]
    taken = {row["userid"]: row for row in follow}
    assert set(taken) == {"lisi", "wangwu"}
    assert (taken["wangwu"]["add_way"], taken["wangwu"]["oper_userid"]) == (202, "zhangsan")
    assert taken["wangwu"]["remark"] == "林女士-A01"
    assert taken["wangwu"]["tags"][0]["tag_id"] == VIP
    sim.drain_callbacks(5)
    added, deleted = receiver.received
    assert (added.field("ChangeType"), added.field("UserID")) == (
        "add_external_contact",
        "wangwu",
    )
    assert (deleted.field("ChangeType"), deleted.field("UserID"), deleted.field("Source")) == (
        "del_external_contact",
        "zhangsan",
        "DELETE_BY_TRANSFER",
    )


def test_taker_who_is_a_friend_already_gets_no_add_event(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    assert hand_over(scrm, FIRST, takeover_userid="lisi") == [0]
    scrm.sleep(DAY)
    sim.drain_callbacks(5)
    assert [got.field("ChangeType") for got in receiver.received] == ["del_external_contact"]


def test_each_customer_is_judged_alone(scrm: Wecom) -> None:
    assert hand_over(scrm, FIRST, THIRD, "wmX") == [0, 40131, 40096]
    assert hand_over(scrm, FIRST) == [40129]


def test_customer_may_refuse(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    hand_over(scrm, FIRST)
    sim.act("refuse_transfer", customer=FIRST)
    scrm.sleep(DAY)
    assert statuses(scrm) == [(FIRST, 3)]
    sim.drain_callbacks(5)
    (got,) = receiver.received
    assert (got.field("ChangeType"), got.field("FailReason"), got.field("UserID")) == (
        "transfer_fail",
        "customer_refused",
        "wangwu",
    )


def test_full_taker_fails_the_hand_over(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    snapshot = sim.snapshot()
    corp = next(iter(snapshot["corps"].values()))
    corp["members"]["wangwu"]["customer_cap"] = 0
    sim.restore(snapshot)
    hand_over(scrm, FIRST)
    scrm.sleep(DAY)
    assert statuses(scrm) == [(FIRST, 4)]
    sim.drain_callbacks(5)
    assert receiver.received[0].field("FailReason") == "customer_limit_exceed"


def test_customer_moves_twice_in_ninety_days_at_most(scrm: Wecom) -> None:
    assert hand_over(scrm, SECOND) == [0]
    scrm.sleep(DAY)
    back = {"handover_userid": "wangwu", "takeover_userid": "zhangsan"}
    assert hand_over(scrm, SECOND, **back) == [0]
    scrm.sleep(DAY)
    assert hand_over(scrm, SECOND) == [40128]
    scrm.sleep(90 * DAY)
    assert hand_over(scrm, SECOND) == [0]


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"takeover_userid": "zhangsan"}, 40130),
        ({"takeover_userid": "nobody"}, 60111),
        ({"handover_userid": "nobody"}, 60111),
        ({"external_userid": []}, 41035),
        ({"external_userid": ["x"] * 101}, 40058),
        ({"transfer_success_msg": "字" * 201}, 40058),
    ],
)
def test_bad_hand_overs_are_refused(scrm: Wecom, words: dict[str, object], errcode: int) -> None:
    body = {**PAIR, "external_userid": [FIRST], **words}
    assert scrm.code("transfer_customer", **body) == errcode


def test_customers_of_a_member_who_left_wait_and_move(sim: SimClient, scrm: Wecom) -> None:
    body = {**PAIR, "external_userid": [FIRST]}
    assert scrm.code("resigned/transfer_customer", **body) == 40097
    sim.act("delete_user", userid="zhangsan")
    assert scrm.code("transfer_customer", **body) == 60111
    answer = scrm.ext("get_unassigned_list", page_size=1)
    assert answer["info"] == [
        {"handover_userid": "zhangsan", "external_userid": FIRST, "dimission_time": NOW}
    ]
    assert answer["is_last"] is False
    rest = scrm.ext("get_unassigned_list", page_size=1, cursor=answer["next_cursor"])
    assert ([row["external_userid"] for row in rest["info"]], rest["is_last"]) == ([SECOND], True)
    assert scrm.code("resigned/transfer_customer", **body) == 0
    scrm.sleep(DAY)
    assert statuses(scrm, "resigned/transfer_result") == [(FIRST, 1)]
    left = scrm.ext("get_unassigned_list")["info"]
    assert [row["external_userid"] for row in left] == [SECOND]


def test_group_of_an_owner_who_left_gets_a_new_owner(sim: SimClient, scrm: Wecom) -> None:
    words = {"chat_id_list": [GROUP, "wrNone"], "new_owner": "lisi"}
    failed = scrm.ext("groupchat/transfer", **words)["failed_chat_list"]
    assert [(row["chat_id"], row["errcode"]) for row in failed] == [
        (GROUP, 90500),
        ("wrNone", 90501),
    ]
    sim.act("delete_user", userid="zhangsan")
    failed = scrm.ext("groupchat/transfer", **words)["failed_chat_list"]
    assert [row["chat_id"] for row in failed] == ["wrNone"]
    assert scrm.ext("groupchat/get", chat_id=GROUP)["group_chat"]["owner"] == "lisi"


def test_group_of_an_owner_on_the_job_moves_twice_at_most(scrm: Wecom) -> None:
    codes = []
    for owner in ("lisi", "wangwu", "zhangsan"):
        answer = scrm.ext("groupchat/onjob_transfer", chat_id_list=[GROUP], new_owner=owner)
        codes.append([row["errcode"] for row in answer["failed_chat_list"]])
    assert codes == [[], [], [40128]]
