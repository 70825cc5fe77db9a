import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import FIRST, NOW, SECOND, Wecom

DAY = 86_400
TODAY = 1_795_104_000
"""Midnight in China of the day of NOW."""


def behavior(scrm: Wecom, *userids: str, **words: object) -> list[dict[str, object]]:
    body = {"userid": list(userids), "start_time": TODAY, "end_time": TODAY, **words}
    return list(scrm.ext("get_user_behavior_data", **body)["behavior_data"])


def test_figures_of_a_day_appear_the_next_day(sim: SimClient, scrm: Wecom) -> None:
    sim.act("add_friend", customer="c-1", member="zhangsan")
    sim.act("add_friend", customer="c-2", member="zhangsan", by_member=True)
    sim.act("customer_message", customer=FIRST, member="zhangsan", text="在吗")
    sim.act("staff_message", customer=FIRST, member="zhangsan", text="在")
    sim.act("delete_friend", customer=SECOND, member="zhangsan")
    assert behavior(scrm, "zhangsan") == []
    scrm.sleep(DAY)
    (row,) = behavior(scrm, "zhangsan")
    assert row == {
        "stat_time": TODAY,
        "chat_cnt": 1,
        "message_cnt": 1,
        "reply_percentage": 100.0,
        "avg_reply_time": 0,
        "negative_feedback_cnt": 1,
        "new_apply_cnt": 1,
        "new_contact_cnt": 2,
    }


def test_figures_are_summed_over_members_and_departments(sim: SimClient, scrm: Wecom) -> None:
    sim.act("add_friend", customer="c-1", member="zhangsan")
    sim.act("add_friend", customer="c-2", member="lisi")
    scrm.sleep(DAY)
    assert behavior(scrm, "zhangsan", "lisi")[0]["new_contact_cnt"] == 2
    (row,) = behavior(scrm, partyid=[2])
    assert row["new_contact_cnt"] == 2
    assert "reply_percentage" not in row


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"userid": []}, 40035),
        ({"userid": ["nobody"]}, 60111),
        ({"start_time": TODAY - 31 * DAY}, 40058),
        ({"start_time": TODAY - 200 * DAY, "end_time": TODAY - 190 * DAY}, 40058),
        ({"start_time": TODAY, "end_time": TODAY - DAY}, 40058),
    ],
)
def test_bad_spans_are_refused(scrm: Wecom, words: dict[str, object], errcode: int) -> None:
    body = {"userid": ["zhangsan"], "start_time": TODAY, "end_time": TODAY, **words}
    assert scrm.code("get_user_behavior_data", **body) == errcode


def test_groups_are_counted_per_owner(sim: SimClient, scrm: Wecom) -> None:
    sim.act("create_group", owner="lisi", name="新群")
    body = {
        "day_begin_time": TODAY,
        "owner_filter": {"userid_list": ["zhangsan", "lisi"]},
        "order_by": 1,
    }
    answer = scrm.ext("groupchat/statistic", **body)
    assert (answer["total"], answer["next_offset"]) == (2, 2)
    figures = {row["owner"]: row["data"] for row in answer["items"]}
    assert [row["owner"] for row in answer["items"]] == ["lisi", "zhangsan"]
    assert (figures["lisi"]["new_chat_cnt"], figures["lisi"]["member_total"]) == (1, 1)
    assert (figures["zhangsan"]["new_chat_cnt"], figures["zhangsan"]["member_total"]) == (0, 2)


def test_groups_are_counted_per_day(scrm: Wecom) -> None:
    answer = scrm.ext(
        "groupchat/statistic_group_by_day",
        day_begin_time=NOW - DAY,
        day_end_time=NOW,
        owner_filter={"userid_list": ["zhangsan"]},
    )
    assert [row["stat_time"] for row in answer["items"]] == [TODAY - DAY, TODAY]
    assert answer["items"][0]["data"]["chat_total"] == 1


def test_group_statistics_need_owners(scrm: Wecom) -> None:
    assert scrm.code("groupchat/statistic", day_begin_time=TODAY) == 40058
