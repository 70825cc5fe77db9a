import pytest

from sandbox.client import SimClient
from tests.sandbox.wecom import FIRST, SECOND, THIRD, VIP, Wecom


def test_followers_are_the_members_with_the_function(sim: SimClient, scrm: Wecom) -> None:
    sim.act("update_user", userid="wangwu", customer_contact=False)
    answer = scrm.get("externalcontact/get_follow_user_list")
    assert answer["follow_user"] == ["zhangsan", "lisi"]


def test_customers_of_a_member_include_those_who_deleted_him(scrm: Wecom) -> None:
    assert scrm.get("externalcontact/list", userid="lisi")["external_userid"] == [FIRST, THIRD]


def test_member_without_customers_gives_84061(scrm: Wecom) -> None:
    assert scrm.get("externalcontact/list", userid="wangwu")["errcode"] == 84061


def test_member_without_the_function_gives_84074(sim: SimClient, scrm: Wecom) -> None:
    sim.act("update_user", userid="wangwu", customer_contact=False)
    assert scrm.get("externalcontact/list", userid="wangwu")["errcode"] == 84074


def test_customer_is_answered_as_the_contract_shows(scrm: Wecom) -> None:
    answer = scrm.get("externalcontact/get", external_userid=FIRST)
    assert answer["external_contact"] == {
        "external_userid": FIRST,
        "name": "小林",
        "type": 1,
        "avatar": "https://wx.qlogo.example/a1",
        "gender": 0,
        "unionid": "ozTESTunionid0000000000000001",
        "position": "",
        "external_profile": {"external_attr": []},
    }
    assert answer["follow_user"][0] == {
        "userid": "zhangsan",
        "remark": "林女士-A01",
        "description": "2026-01 到店",
        "createtime": 1767225600,
        "tags": [
            {"group_name": "客户等级", "tag_name": "VIP", "tag_id": VIP, "type": 1},
            {"group_name": "", "tag_name": "我的标签", "type": 2},
        ],
        "remark_corp_name": "",
        "remark_mobiles": ["13900000001"],
        "add_way": 10,
        "oper_userid": FIRST,
        "state": "A01",
    }
    assert [row["userid"] for row in answer["follow_user"]] == ["zhangsan", "lisi"]
    assert answer["next_cursor"] == ""


def test_unionid_is_absent_without_a_bound_account(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(unionid_bound=False)
    answer = scrm.get("externalcontact/get", external_userid=FIRST)
    assert "unionid" not in answer["external_contact"]


@pytest.mark.parametrize(("reference", "errcode"), [("", 41035), ("wmOTHER", 40096)])
def test_missing_and_foreign_ids_are_refused(scrm: Wecom, reference: str, errcode: int) -> None:
    assert scrm.get("externalcontact/get", external_userid=reference)["errcode"] == errcode


def test_customer_without_any_relation_gives_84061(sim: SimClient, scrm: Wecom) -> None:
    sim.act("member_delete", customer=SECOND, member="zhangsan")
    assert scrm.get("externalcontact/get", external_userid=SECOND)["errcode"] == 84061


def test_customer_of_invisible_members_gives_40096(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", visible_departments=[3])
    assert scrm.get("externalcontact/get", external_userid=FIRST)["errcode"] == 40096


def test_batch_answers_follow_info_with_corp_tag_ids_only(scrm: Wecom) -> None:
    answer = scrm.ext("batch/get_by_user", userid_list=["zhangsan"])
    row = answer["external_contact_list"][0]
    assert row["external_contact"]["external_userid"] == FIRST
    assert row["follow_info"]["tag_id"] == [VIP]
    assert "tags" not in row["follow_info"]
    assert row["follow_info"]["remark_mobiles"] == ["13900000001"]
    assert answer["fail_info"] == {"unlicensed_userid_list": []}


def pages(scrm: Wecom, limit: int) -> list[list[tuple[str, str]]]:
    found, cursor = [], ""
    while True:
        answer = scrm.ext(
            "batch/get_by_user", userid_list=["zhangsan", "lisi"], limit=limit, cursor=cursor
        )
        rows = answer["external_contact_list"]
        found.append(
            [(r["follow_info"]["userid"], r["external_contact"]["external_userid"]) for r in rows]
        )
        cursor = answer["next_cursor"]
        if not cursor:
            return found


ALL_PAIRS = [("zhangsan", FIRST), ("zhangsan", SECOND), ("lisi", FIRST), ("lisi", THIRD)]


def test_batch_pages_cover_every_pair_once(scrm: Wecom) -> None:
    assert pages(scrm, 3) == [ALL_PAIRS[:3], ALL_PAIRS[3:]]


def test_short_pages_still_cover_every_pair_once(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(short_pages=True)
    found = pages(scrm, 3)
    assert [pair for page in found for pair in page] == ALL_PAIRS
    assert len(found) > 2


def test_people_added_between_pages_do_not_shift_the_cursor(sim: SimClient, scrm: Wecom) -> None:
    first = scrm.ext("batch/get_by_user", userid_list=["zhangsan", "lisi"], limit=2)
    sim.act("member_delete", customer=FIRST, member="zhangsan")
    rest = scrm.ext(
        "batch/get_by_user", userid_list=["zhangsan", "lisi"], cursor=first["next_cursor"]
    )
    ids = [row["external_contact"]["external_userid"] for row in rest["external_contact_list"]]
    assert ids == [FIRST, THIRD]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"userid_list": []}, 40063),
        ({"userid_list": ["nobody"]}, 60111),
        ({"userid_list": ["x"] * 101}, 40058),
        ({"userid_list": ["zhangsan"], "limit": 101}, 40058),
        ({"userid_list": ["zhangsan"], "cursor": "abc"}, 50100),
    ],
)
def test_batch_refuses_bad_requests(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("batch/get_by_user", **body) == errcode


def test_remark_changes_the_given_fields_only(scrm: Wecom) -> None:
    pair = {"userid": "zhangsan", "external_userid": FIRST}
    assert scrm.code("remark", **pair, remark="新备注") == 0
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"][0]
    assert follow["remark"] == "新备注"
    assert follow["description"] == "2026-01 到店"
    assert follow["remark_mobiles"] == ["13900000001"]


def test_remark_overwrites_and_clears_phones(scrm: Wecom) -> None:
    pair = {"userid": "zhangsan", "external_userid": FIRST}
    scrm.ext("remark", **pair, remark_mobiles=["13911112222", "13933334444"])
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"][0]
    assert follow["remark_mobiles"] == ["13911112222", "13933334444"]
    scrm.ext("remark", **pair, remark_mobiles=[""])
    follow = scrm.get("externalcontact/get", external_userid=FIRST)["follow_user"][0]
    assert follow["remark_mobiles"] == []


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40063),
        ({"remark": "字" * 21}, 40058),
        ({"description": "字" * 151}, 40058),
        ({"external_userid": THIRD, "remark": "x"}, 84061),
        ({"external_userid": "wmOTHER", "remark": "x"}, 40096),
    ],
)
def test_remark_refuses_bad_requests(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    words = {"userid": "zhangsan", "external_userid": FIRST, **body}
    assert scrm.code("remark", **words) == errcode


def test_openid_is_answered_for_wechat_users(scrm: Wecom) -> None:
    answer = scrm.ext("convert_to_openid", external_userid=FIRST)
    assert answer["openid"] == "oTESTopenid00000000000000001"


def test_served_contacts_are_listed_with_masked_names(scrm: Wecom) -> None:
    rows = scrm.ext("contact_list")["info_list"]
    assert [(row["follow_userid"], row["external_userid"], row["name"]) for row in rows] == [
        ("zhangsan", FIRST, "小**"),
        ("zhangsan", SECOND, "小**"),
        ("lisi", FIRST, "小**"),
        ("lisi", THIRD, "小**"),
    ]
