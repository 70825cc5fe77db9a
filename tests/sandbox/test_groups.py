import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import FIRST, GROUP, SECOND, Wecom


def group(scrm: Wecom, **words: object) -> dict[str, object]:
    return dict(scrm.ext("groupchat/get", chat_id=GROUP, **words)["group_chat"])


def members(scrm: Wecom) -> list[str]:
    return [row["userid"] for row in group(scrm)["member_list"]]


def test_groups_are_listed_by_owner_and_status(scrm: Wecom) -> None:
    answer = scrm.ext("groupchat/list", limit=10)
    assert answer["group_chat_list"] == [{"chat_id": GROUP, "status": 0}]
    other = scrm.ext("groupchat/list", limit=10, owner_filter={"userid_list": ["lisi"]})
    assert other["group_chat_list"] == []
    assert scrm.ext("groupchat/list", limit=10, status_filter=1)["group_chat_list"] == []


def test_list_needs_a_limit(scrm: Wecom) -> None:
    assert scrm.code("groupchat/list") == 40058
    assert scrm.code("groupchat/list", limit=1001) == 40058


def test_group_of_an_owner_who_left_waits_with_status_1(sim: SimClient, scrm: Wecom) -> None:
    sim.act("delete_user", userid="zhangsan")
    answer = scrm.ext("groupchat/list", limit=10, status_filter=1)
    assert answer["group_chat_list"] == [{"chat_id": GROUP, "status": 1}]


def test_group_is_answered_as_the_contract_shows(scrm: Wecom) -> None:
    assert group(scrm, need_name=1) == {
        "chat_id": GROUP,
        "name": "A01 福利群",
        "owner": "zhangsan",
        "create_time": 1767225600,
        "notice": "每晚 8 点直播",
        "member_list": [
            {
                "userid": "zhangsan",
                "type": 1,
                "join_time": 1767225600,
                "join_scene": 1,
                "invitor": {"userid": "zhangsan"},
                "group_nickname": "",
                "name": "张三",
            },
            {
                "userid": FIRST,
                "type": 2,
                "unionid": "ozTESTunionid0000000000000001",
                "join_time": 1767225700,
                "join_scene": 3,
                "state": "G01",
                "group_nickname": "",
                "name": "小林",
            },
        ],
        "admin_list": [{"userid": "lisi"}],
        "member_version": "mv-0001",
    }


def test_names_are_absent_unless_asked(scrm: Wecom) -> None:
    assert all("name" not in row for row in group(scrm)["member_list"])


@pytest.mark.parametrize(("chat_id", "errcode"), [("", 40063), ("wrNone", 90501)])
def test_unknown_groups_are_refused(scrm: Wecom, chat_id: str, errcode: int) -> None:
    assert scrm.code("groupchat/get", chat_id=chat_id) == errcode


def test_group_of_an_invisible_owner_gives_60011(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", visible_departments=[3])
    assert scrm.code("groupchat/get", chat_id=GROUP) == 60011


def test_each_change_of_members_has_a_new_version(sim: SimClient, scrm: Wecom) -> None:
    sim.act("join_group", chat_id=GROUP, customer=SECOND)
    assert group(scrm)["member_version"] == "mv-0002"
    sim.act("leave_group", chat_id=GROUP, customer=FIRST)
    assert group(scrm)["member_version"] == "mv-0003"
    assert members(scrm) == ["zhangsan", SECOND]


def test_answer_lags_behind_the_change_when_told(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(group_lag_seconds=60)
    sim.act("join_group", chat_id=GROUP, customer=SECOND)
    assert group(scrm)["member_version"] == "mv-0001"
    assert members(scrm) == ["zhangsan", FIRST]
    sim.advance(61)
    assert group(scrm)["member_version"] == "mv-0002"
    assert members(scrm) == ["zhangsan", FIRST, SECOND]


def test_dismissed_group_is_gone(sim: SimClient, scrm: Wecom) -> None:
    sim.act("dismiss_group", chat_id=GROUP)
    assert scrm.code("groupchat/get", chat_id=GROUP) == 90501
    assert scrm.ext("groupchat/list", limit=10)["group_chat_list"] == []


def test_opengid_is_translated(scrm: Wecom) -> None:
    assert scrm.ext("opengid_to_chatid", opengid=f"o{GROUP}")["chat_id"] == GROUP
    assert scrm.code("opengid_to_chatid", opengid="oNone") == 90511


JOIN = {"scene": 2, "remark": "字" * 40, "chat_id_list": [GROUP], "state": "G01"}


def test_join_way_brings_customers_with_its_state(sim: SimClient, scrm: Wecom) -> None:
    config_id = scrm.ext("groupchat/add_join_way", **JOIN)["config_id"]
    way = scrm.ext("groupchat/get_join_way", config_id=config_id)["join_way"]
    assert way["remark"] == "字" * 30
    assert way["auto_create_room"] == 1
    assert way["qr_code"].startswith("https://")
    sim.act("join_group", config_id=config_id, customer=SECOND)
    (row,) = [r for r in group(scrm)["member_list"] if r["userid"] == SECOND]
    assert (row["state"], row["join_scene"]) == ("G01", 3)


def test_join_way_can_be_changed_and_deleted(scrm: Wecom) -> None:
    config_id = scrm.ext("groupchat/add_join_way", **JOIN)["config_id"]
    body = {**JOIN, "config_id": config_id, "state": "G02"}
    assert scrm.code("groupchat/update_join_way", **body) == 0
    way = scrm.ext("groupchat/get_join_way", config_id=config_id)["join_way"]
    assert way["state"] == "G02"
    assert scrm.code("groupchat/del_join_way", config_id=config_id) == 0
    assert scrm.code("groupchat/get_join_way", config_id=config_id) == 41044


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"scene": 3}, 41040),
        ({"chat_id_list": []}, 40063),
        ({"chat_id_list": [GROUP] * 6}, 41091),
        ({"chat_id_list": ["wrNone"]}, 90501),
        ({"state": "s" * 31}, 40058),
    ],
)
def test_bad_join_ways_are_refused(scrm: Wecom, change: dict[str, object], errcode: int) -> None:
    assert scrm.code("groupchat/add_join_way", **{**JOIN, **change}) == errcode


TEMPLATE = {
    "text": {"content": "欢迎 %NICKNAME% 加入"},
    "link": {"title": "群规", "picurl": "https://a/p", "desc": "", "url": "https://a/r"},
}


def test_welcome_template_is_kept_as_given(scrm: Wecom) -> None:
    answer = scrm.ext("group_welcome_template/add", **TEMPLATE, agentid=1000002, notify=0)
    template_id = answer["template_id"]
    shown = scrm.ext("group_welcome_template/get", template_id=template_id)
    assert shown == {"errcode": 0, "errmsg": "ok", **TEMPLATE}
    edit = {"template_id": template_id, "text": {"content": "新"}}
    assert scrm.code("group_welcome_template/edit", **edit) == 0
    shown = scrm.ext("group_welcome_template/get", template_id=template_id)
    assert shown["text"] == {"content": "新"}
    assert scrm.code("group_welcome_template/del", template_id=template_id) == 0
    assert scrm.code("group_welcome_template/get", template_id=template_id) == 40058


def test_welcome_template_needs_content_within_3000_bytes(scrm: Wecom) -> None:
    assert scrm.code("group_welcome_template/add") == 40063
    long = {"content": "字" * 1001}
    assert scrm.code("group_welcome_template/add", text=long) == 40058
