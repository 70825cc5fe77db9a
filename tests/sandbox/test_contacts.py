from sandbox.client import SimClient
from tests.sandbox.wecom import Wecom


def test_departments_are_listed_with_their_parents(scrm: Wecom) -> None:
    rows = scrm.get("department/list")["department"]
    assert [(row["id"], row["name"], row["parentid"]) for row in rows] == [
        (1, "示例零售", 0),
        (2, "华东区", 1),
        (3, "客服部", 1),
    ]


def test_subtree_of_departments_is_listed(scrm: Wecom) -> None:
    rows = scrm.get("department/simplelist", id=2)["department_id"]
    assert rows == [{"id": 2, "parentid": 1, "order": 0}]


def test_one_department_is_answered(scrm: Wecom) -> None:
    assert scrm.get("department/get", id=2)["department"]["department_leader"] == ["lisi"]


def test_unknown_department_gives_60123(scrm: Wecom) -> None:
    assert scrm.get("department/list", id=99)["errcode"] == 60123
    assert scrm.get("user/list", department_id=99)["errcode"] == 60123


def test_member_is_answered_without_private_fields(scrm: Wecom) -> None:
    answer = scrm.get("user/get", userid="zhangsan")
    assert answer["name"] == "张三"
    assert answer["department"] == [2]
    assert answer["main_department"] == 2
    assert answer["direct_leader"] == ["lisi"]
    private = {"avatar", "gender", "mobile", "email", "biz_mail", "qr_code", "address"}
    assert not private & set(answer)


def test_legacy_app_still_sees_private_fields(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", legacy_app=True)
    assert scrm.get("user/get", userid="zhangsan")["mobile"] == "13800000001"


def test_userid_is_compared_without_case_and_answered_as_stored(scrm: Wecom) -> None:
    assert scrm.get("user/get", userid="ZhangSan")["userid"] == "zhangsan"


def test_unknown_member_gives_60111(scrm: Wecom) -> None:
    assert scrm.get("user/get", userid="nobody")["errcode"] == 60111


def test_member_who_left_gives_60111(sim: SimClient, scrm: Wecom) -> None:
    sim.act("delete_user", userid="wangwu")
    assert scrm.get("user/get", userid="wangwu")["errcode"] == 60111


def test_members_outside_the_range_are_refused_or_dropped(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", visible_departments=[2])
    assert scrm.get("user/get", userid="wangwu")["errcode"] == 60011
    assert scrm.get("user/list", department_id=3)["errcode"] == 60011
    listed = scrm.get("externalcontact/get_follow_user_list")["follow_user"]
    assert listed == ["zhangsan", "lisi"]
    assert [row["id"] for row in scrm.get("department/list")["department"]] == [2]


def test_members_of_a_department_with_children(scrm: Wecom) -> None:
    direct = scrm.get("user/simplelist", department_id=1)
    below = scrm.get("user/simplelist", department_id=1, fetch_child=1)
    assert direct["userlist"] == []
    assert [row["userid"] for row in below["userlist"]] == ["zhangsan", "lisi", "wangwu"]


def test_member_details_are_listed(scrm: Wecom) -> None:
    rows = scrm.get("user/list", department_id=2)["userlist"]
    assert [(row["userid"], row["position"]) for row in rows] == [
        ("zhangsan", "导购"),
        ("lisi", "店长"),
    ]


def test_ids_are_paged_by_an_opaque_cursor(contacts: Wecom) -> None:
    first = contacts.post("user/list_id", {"limit": 2})
    second = contacts.post("user/list_id", {"limit": 2, "cursor": first["next_cursor"]})
    assert [row["userid"] for row in first["dept_user"]] == ["zhangsan", "lisi"]
    assert second["dept_user"] == [{"userid": "wangwu", "department": 3}]
    assert second["next_cursor"] == ""


def test_foreign_cursor_gives_50100(contacts: Wecom) -> None:
    assert contacts.post("user/list_id", {"cursor": "nonsense"})["errcode"] == 50100


def test_limit_outside_the_range_gives_40058(contacts: Wecom) -> None:
    assert contacts.post("user/list_id", {"limit": 10_001})["errcode"] == 40058


def test_member_is_found_by_phone(scrm: Wecom) -> None:
    assert scrm.post("user/getuserid", {"mobile": "13800000002"})["userid"] == "lisi"
    assert scrm.post("user/getuserid", {"mobile": "13800009999"})["errcode"] == 46004


def test_open_ids_are_translated(scrm: Wecom) -> None:
    known = scrm.get("user/get", userid="lisi")["open_userid"]
    answer = scrm.post("batch/openuserid_to_userid", {"open_userid_list": [known, "woNone"]})
    assert answer["userid_list"] == [{"userid": "lisi", "open_userid": known}]
    assert answer["invalid_open_userid_list"] == ["woNone"]
