import re

import pytest

from sandbox.client import SimClient, SimError
from tests.sandbox.wecom import FIRST, Wecom


def test_way_gets_a_config_id_and_a_picture(scrm: Wecom) -> None:
    answer = scrm.ext("add_contact_way", type=2, scene=2, user=["zhangsan"], state="A01")
    assert re.fullmatch(r"[0-9a-f]{32}", answer["config_id"])
    assert answer["qr_code"].startswith("https://")


def test_mini_program_way_has_no_picture(scrm: Wecom) -> None:
    assert "qr_code" not in scrm.ext("add_contact_way", type=1, scene=1, user=["zhangsan"])


def test_way_is_answered_as_it_was_made(scrm: Wecom) -> None:
    config_id = scrm.way(user=["zhangsan", "lisi"], party=[3], state="A01", remark="门店码")
    way = scrm.ext("get_contact_way", config_id=config_id)["contact_way"]
    assert way["config_id"] == config_id
    assert (way["type"], way["scene"], way["skip_verify"]) == (2, 2, True)
    assert (way["user"], way["party"]) == (["zhangsan", "lisi"], [3])
    assert (way["state"], way["remark"]) == ("A01", "门店码")


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"scene": 2, "user": ["zhangsan"]}, 41037),
        ({"type": 2, "user": ["zhangsan"]}, 41038),
        ({"type": 3, "scene": 2, "user": ["zhangsan"]}, 41039),
        ({"type": 2, "scene": 3, "user": ["zhangsan"]}, 41040),
        ({"type": 1, "scene": 1, "style": 4, "user": ["zhangsan"]}, 41042),
        ({"type": 1, "scene": 2, "user": ["zhangsan", "lisi"]}, 40058),
        ({"type": 2, "scene": 2}, 40063),
        ({"type": 2, "scene": 2, "user": ["nobody"]}, 60111),
        ({"type": 2, "scene": 2, "party": [99]}, 60123),
        ({"type": 2, "scene": 2, "user": ["x"] * 101}, 41041),
        ({"type": 2, "scene": 2, "user": ["zhangsan"], "state": "s" * 31}, 40058),
    ],
)
def test_bad_ways_are_refused(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("add_contact_way", **body) == errcode


def test_member_who_is_not_activated_gives_41054(sim: SimClient, scrm: Wecom) -> None:
    sim.act("update_user", userid="zhangsan", status=4)
    assert scrm.code("add_contact_way", type=2, scene=2, user=["zhangsan"]) == 41054


def test_quota_of_ways_gives_41045(sim: SimClient, scrm: Wecom) -> None:
    scrm.way()
    sim.change_settings(contact_way_cap=1)
    assert scrm.code("add_contact_way", type=2, scene=2, user=["zhangsan"]) == 41045


def test_update_overwrites_given_fields_and_keeps_the_picture(scrm: Wecom) -> None:
    config_id = scrm.way(state="A01", remark="旧")
    before = scrm.ext("get_contact_way", config_id=config_id)["contact_way"]
    assert scrm.code("update_contact_way", config_id=config_id, user=["lisi"], remark="新") == 0
    after = scrm.ext("get_contact_way", config_id=config_id)["contact_way"]
    assert after == {**before, "user": ["lisi"], "remark": "新"}


def test_refused_update_changes_nothing(scrm: Wecom) -> None:
    config_id = scrm.way(remark="旧")
    body = {"config_id": config_id, "remark": "新", "user": ["nobody"]}
    assert scrm.code("update_contact_way", **body) == 60111
    assert scrm.ext("get_contact_way", config_id=config_id)["contact_way"]["remark"] == "旧"


def test_deleted_way_stops_working(sim: SimClient, scrm: Wecom) -> None:
    config_id = scrm.way()
    assert scrm.code("del_contact_way", config_id=config_id) == 0
    assert scrm.code("get_contact_way", config_id=config_id) == 41044
    assert scrm.code("get_contact_way") == 41043
    with pytest.raises(SimError):
        sim.act("scan_contact_way", config_id=config_id, customer="c-new")


def test_ways_are_listed_in_pages_without_temporary_ones(scrm: Wecom) -> None:
    made = [scrm.way() for _ in range(3)]
    scrm.way(is_temp=True)
    first = scrm.ext("list_contact_way", limit=2)
    rest = scrm.ext("list_contact_way", limit=2, cursor=first["next_cursor"])
    rows = first["contact_way"] + rest["contact_way"]
    assert [row["config_id"] for row in rows] == made
    assert rest["next_cursor"] == ""


def test_ways_outside_the_time_span_are_not_listed(sim: SimClient, scrm: Wecom) -> None:
    scrm.way()
    end = int(sim.now()) - 10
    assert scrm.ext("list_contact_way", start_time=1, end_time=end)["contact_way"] == []


def test_scan_leads_to_a_member_of_the_way_and_keeps_the_state(sim: SimClient, scrm: Wecom) -> None:
    config_id = scrm.way(user=["zhangsan", "lisi"], state="A01")
    rows = [sim.act("scan_contact_way", config_id=config_id, customer=f"c-{n}") for n in range(12)]
    assert {row["userid"] for row in rows} == {"zhangsan", "lisi"}
    answer = scrm.get("externalcontact/get", external_userid=rows[0]["external_userid"])
    (follow,) = answer["follow_user"]
    assert (follow["add_way"], follow["state"]) == (1, "A01")
    assert follow["oper_userid"] == rows[0]["external_userid"]


def test_departments_of_a_way_are_unfolded(sim: SimClient, scrm: Wecom) -> None:
    config_id = scrm.way(user=[], party=[3])
    assert sim.act("scan_contact_way", config_id=config_id, customer="c-1")["userid"] == "wangwu"


def test_exclusive_way_keeps_a_customer_with_his_member(sim: SimClient, scrm: Wecom) -> None:
    config_id = scrm.way(user=["zhangsan", "lisi", "wangwu"], is_exclusive=True)
    first = sim.act("scan_contact_way", config_id=config_id, customer="c-1")
    for _ in range(5):
        again = sim.act("scan_contact_way", config_id=config_id, customer="c-1")
        assert again["userid"] == first["userid"]
        assert again["is_new"] is False


def test_temporary_chat_can_be_closed(sim: SimClient, scrm: Wecom) -> None:
    assert scrm.code("close_temp_chat", userid="zhangsan", external_userid=FIRST) == 0
    (entry,) = sim.outbox(kind="temp_chat_closed")
    assert entry["to"] == FIRST
