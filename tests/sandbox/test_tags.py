import threading

import pytest

from sandbox.client import SimClient
from sandbox.testing import SandboxThread
from tests.sandbox.wecom import CONSOLE_TAG, FIRST, SECOND, THIRD, VIP, Wecom

PAIR = {"userid": "zhangsan", "external_userid": FIRST}


def tag_ids(scrm: Wecom) -> list[str]:
    row = scrm.ext("batch/get_by_user", userid_list=["zhangsan"])["external_contact_list"][0]
    return list(row["follow_info"]["tag_id"])


def new_tag(scrm: Wecom, name: str = "新") -> str:
    answer = scrm.ext("add_corp_tag", group_name="测试组", tag=[{"name": name}])
    return str(answer["tag_group"]["tag"][0]["id"])


def test_tags_are_listed_larger_order_first(scrm: Wecom) -> None:
    groups = scrm.ext("get_corp_tag_list")["tag_group"]
    assert [group["group_name"] for group in groups] == ["客户等级", "后台标签组"]
    assert [(tag["name"], tag["order"]) for tag in groups[0]["tag"]] == [("VIP", 2), ("普通", 1)]


def test_asked_tags_come_with_their_group(scrm: Wecom) -> None:
    (group,) = scrm.ext("get_corp_tag_list", tag_id=[VIP])["tag_group"]
    assert [tag["id"] for tag in group["tag"]] == [VIP]


def test_group_ids_win_over_tag_ids(scrm: Wecom) -> None:
    wanted = "etTESTgroup000000000000000000002"
    (group,) = scrm.ext("get_corp_tag_list", tag_id=[VIP], group_id=[wanted])["tag_group"]
    assert group["group_id"] == wanted


def test_new_tags_make_a_group_and_duplicates_collapse(scrm: Wecom) -> None:
    rows = [{"name": "甲", "order": 5}, {"name": "乙"}, {"name": "甲", "order": 5}]
    group = scrm.ext("add_corp_tag", group_name="兴趣", order=9, tag=rows)["tag_group"]
    assert group["group_name"] == "兴趣"
    assert [(tag["name"], tag["order"]) for tag in group["tag"]] == [("甲", 5), ("乙", 0)]


def test_known_group_name_adds_to_that_group(scrm: Wecom) -> None:
    group = scrm.ext("add_corp_tag", group_name="客户等级", tag=[{"name": "新客"}])["tag_group"]
    assert group["group_id"] == "etTESTgroup000000000000000000001"
    assert [tag["name"] for tag in group["tag"]] == ["新客"]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"group_name": "客户等级", "tag": [{"name": "VIP"}]}, 40071),
        ({"group_id": "etNone", "tag": [{"name": "x"}]}, 40068),
        ({"group_name": "g", "tag": []}, 40063),
        ({"tag": [{"name": "x"}]}, 40063),
        ({"group_name": "g", "tag": [{"name": "字" * 31}]}, 40072),
        ({"group_name": "字" * 31, "tag": [{"name": "x"}]}, 40058),
    ],
)
def test_bad_tags_are_refused(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("add_corp_tag", **body) == errcode


def test_tag_cap_gives_40126(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(tag_cap=3)
    assert scrm.code("add_corp_tag", group_name="g", tag=[{"name": "x"}]) == 40126


def test_own_tag_can_be_renamed(scrm: Wecom) -> None:
    assert scrm.code("edit_corp_tag", id=VIP, name="贵宾", order=7) == 0
    (group,) = scrm.ext("get_corp_tag_list", tag_id=[VIP])["tag_group"]
    assert (group["tag"][0]["name"], group["tag"][0]["order"]) == ("贵宾", 7)


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"id": CONSOLE_TAG, "name": "x"}, 48002),
        ({"id": "etNone", "name": "x"}, 40068),
        ({"id": VIP, "name": "普通"}, 40071),
        ({"name": "x"}, 40063),
    ],
)
def test_bad_edits_are_refused(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("edit_corp_tag", **body) == errcode


def test_console_tags_cannot_be_deleted(scrm: Wecom) -> None:
    assert scrm.code("del_corp_tag", tag_id=[CONSOLE_TAG]) == 48002
    assert scrm.code("del_corp_tag") == 40063


def test_deleted_tag_loses_its_marks_and_is_shown_as_deleted(scrm: Wecom) -> None:
    assert scrm.code("del_corp_tag", tag_id=[VIP]) == 0
    assert tag_ids(scrm) == []
    (group,) = scrm.ext("get_corp_tag_list", tag_id=[VIP])["tag_group"]
    assert group["tag"][0]["deleted"] is True
    assert scrm.code("mark_tag", **PAIR, add_tag=[VIP]) == 40068


def test_group_vanishes_with_its_last_tag(scrm: Wecom) -> None:
    tag = new_tag(scrm)
    scrm.ext("del_corp_tag", tag_id=[tag])
    names = [group["group_name"] for group in scrm.ext("get_corp_tag_list")["tag_group"]]
    assert "测试组" not in names


def test_deleting_a_group_deletes_its_tags(scrm: Wecom) -> None:
    assert scrm.code("del_corp_tag", group_id=["etTESTgroup000000000000000000001"]) == 0
    assert tag_ids(scrm) == []


def test_marking_is_harmless_when_repeated(scrm: Wecom) -> None:
    tag = new_tag(scrm)
    for _ in range(2):
        assert scrm.code("mark_tag", **PAIR, add_tag=[tag]) == 0
    assert tag_ids(scrm) == [VIP, tag]
    for _ in range(2):
        assert scrm.code("mark_tag", **PAIR, remove_tag=[tag]) == 0
    assert tag_ids(scrm) == [VIP]


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 40063),
        ({"add_tag": ["etNone"]}, 40068),
        ({"external_userid": THIRD, "add_tag": [VIP]}, 84061),
        ({"external_userid": "wmOTHER", "add_tag": [VIP]}, 40096),
        ({"userid": "nobody", "add_tag": [VIP]}, 60111),
    ],
)
def test_bad_marks_are_refused(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("mark_tag", **{**PAIR, **body}) == errcode


def mark_at_once(box: SandboxThread, customers: list[str]) -> list[int]:
    codes: list[int] = []
    gate = threading.Barrier(len(customers))

    def mark(customer: str) -> None:
        client = SimClient(box.url)
        scrm = Wecom(client, "sandbox-secret-scrm")
        gate.wait()
        pair = {"userid": "zhangsan", "external_userid": customer}
        codes.extend(scrm.code("mark_tag", **pair, add_tag=[VIP]) for _ in range(5))
        client.close()

    threads = [threading.Thread(target=mark, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def test_parallel_marks_of_one_pair_give_45035(box: SandboxThread, sim: SimClient) -> None:
    codes = mark_at_once(box, [FIRST] * 4)
    assert set(codes) == {0, 45035}


def test_parallel_marks_of_two_pairs_both_succeed(box: SandboxThread, sim: SimClient) -> None:
    assert set(mark_at_once(box, [FIRST, SECOND])) == {0}
