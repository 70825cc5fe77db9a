import pytest

from sandbox.client import SimClient
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import CORP, NOW, Wecom

BASE = "customer_acquisition"


def create(scrm: Wecom, **words: object) -> dict[str, str]:
    body = {"link_name": "广告", "range": {"user_list": ["zhangsan"]}, **words}
    return dict(scrm.ext(f"{BASE}/create_link", **body)["link"])


def test_link_is_made_and_answered(scrm: Wecom) -> None:
    link = create(scrm)
    assert link["url"] == f"https://work.weixin.qq.com/ca/{link['link_id']}"
    answer = scrm.ext(f"{BASE}/get", link_id=link["link_id"])
    assert answer["link"]["link_name"] == "广告"
    assert answer["range"] == {"user_list": ["zhangsan"], "department_list": []}
    assert scrm.ext(f"{BASE}/list_link")["link_id_list"] == [link["link_id"]]


def test_customer_of_a_link_comes_with_its_channel(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    link_id = create(scrm)["link_id"]
    words = {"link_id": link_id, "customer": "c-ad", "channel": "ad-2026q1"}
    row = sim.act("open_acquisition_link", **words)
    sim.drain_callbacks(5)
    events = {got.field("ChangeType"): got for got in receiver.received}
    assert set(events) == {"friend_request", "add_external_contact"}
    assert events["friend_request"].field("LinkId") == link_id
    assert events["add_external_contact"].field("State") == "ad-2026q1"
    (follow,) = scrm.get("externalcontact/get", external_userid=row["external_userid"])[
        "follow_user"
    ]
    assert (follow["add_way"], follow["state"]) == (16, "ad-2026q1")
    assert scrm.ext(f"{BASE}/customer", link_id=link_id)["customer_list"] == [
        {
            "external_userid": row["external_userid"],
            "userid": "zhangsan",
            "chat_status": 0,
            "state": "ad-2026q1",
        }
    ]
    span = {"start_time": NOW - 10, "end_time": NOW + 10}
    counts = scrm.ext(f"{BASE}/statistic", link_id=link_id, **span)
    assert (counts["click_link_customer_cnt"], counts["new_customer_cnt"]) == (1, 1)
    assert scrm.get(f"externalcontact/{BASE}_quota")["balance"] == 9999


def test_link_can_be_changed_and_deleted(scrm: Wecom) -> None:
    link_id = create(scrm)["link_id"]
    change = {"link_id": link_id, "link_name": "新", "range": {"user_list": ["lisi"]}}
    assert scrm.code(f"{BASE}/update_link", **change) == 0
    assert scrm.ext(f"{BASE}/get", link_id=link_id)["range"]["user_list"] == ["lisi"]
    assert scrm.code(f"{BASE}/delete_link", link_id=link_id) == 0
    assert scrm.code(f"{BASE}/get", link_id=link_id) == 41201


def test_another_app_does_not_see_the_link(sim: SimClient, scrm: Wecom) -> None:
    link_id = create(scrm)["link_id"]
    snapshot = sim.snapshot()
    apps = snapshot["corps"][CORP]["apps"]
    apps["other"] = {**apps["scrm"], "slug": "other", "secret": "other", "agent_id": 1000003}
    sim.restore(snapshot)
    other = Wecom(sim, "other")
    assert other.code(f"{BASE}/get", link_id=link_id) == 41201
    assert other.ext(f"{BASE}/list_link")["link_id_list"] == []


def test_app_without_the_tick_gets_48002(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", callable_apps=["customer"])
    assert scrm.code(f"{BASE}/list_link") == 48002
    assert scrm.post("externalpay/get_bill_list", {})["errcode"] == 48002


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"link_name": ""}, 40063),
        ({"link_name": "字" * 31}, 40058),
        ({"range": {}}, 40063),
        ({"range": {"user_list": []}}, 40063),
        ({"range": {"user_list": ["nobody"]}}, 60111),
    ],
)
def test_bad_links_are_refused(scrm: Wecom, words: dict[str, object], errcode: int) -> None:
    body = {"link_name": "广告", "range": {"user_list": ["zhangsan"]}, **words}
    assert scrm.code(f"{BASE}/create_link", **body) == errcode
