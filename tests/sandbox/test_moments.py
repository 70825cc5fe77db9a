from typing import Any

import pytest

from sandbox.client import SimClient, SimError
from tests.sandbox.test_media import upload
from tests.sandbox.wecom import FIRST, NOW, SECOND, VIP, Wecom

TEXT = {"content": "新品上架"}


def create(scrm: Wecom, **words: object) -> str:
    answer = scrm.ext("add_moment_task", **{"text": TEXT, **words})
    assert answer["errcode"] == 0, answer
    return str(answer["jobid"])


def result(scrm: Wecom, jobid: str) -> dict[str, Any]:
    return scrm.get("externalcontact/get_moment_task_result", jobid=jobid)


def ready(scrm: Wecom, **words: object) -> str:
    jobid = create(scrm, **words)
    scrm.sleep(6)
    return str(result(scrm, jobid)["result"]["moment_id"])


def test_job_starts_works_and_ends(sim: SimClient, scrm: Wecom) -> None:
    jobid = create(scrm)
    assert result(scrm, jobid)["status"] == 1
    sim.advance(3)
    assert result(scrm, jobid)["status"] == 2
    sim.advance(3)
    answer = result(scrm, jobid)
    assert (answer["status"], answer["type"]) == (3, "add_moment_task")
    assert answer["result"]["errcode"] == 0
    assert answer["result"]["invalid_sender_list"] == {"user_list": [], "department_list": []}


def test_unknown_job_gives_40088(scrm: Wecom) -> None:
    assert result(scrm, "none")["errcode"] == 40088


def test_tags_choose_customers_and_unknown_ones_are_reported(scrm: Wecom) -> None:
    scope = {
        "sender_list": {"user_list": ["zhangsan", "nobody"]},
        "external_contact_list": {"tag_list": [VIP, "etNone"]},
    }
    jobid = create(scrm, visible_range=scope)
    scrm.sleep(6)
    answer = result(scrm, jobid)["result"]
    assert answer["invalid_sender_list"]["user_list"] == ["nobody"]
    assert answer["invalid_external_contact_list"]["tag_list"] == ["etNone"]
    moment_id = answer["moment_id"]
    part = {"moment_id": moment_id, "userid": "zhangsan"}
    rows = scrm.ext("get_moment_customer_list", **part)["customer_list"]
    assert rows == [{"userid": "zhangsan", "external_userid": FIRST}]


def test_empty_range_means_every_seller(scrm: Wecom) -> None:
    rows = scrm.ext("get_moment_task", moment_id=ready(scrm))["task_list"]
    assert rows == [
        {"userid": "zhangsan", "publish_status": 0},
        {"userid": "lisi", "publish_status": 0},
        {"userid": "wangwu", "publish_status": 0},
    ]


def test_published_moment_is_seen_by_friends_who_like_and_comment(
    sim: SimClient, scrm: Wecom
) -> None:
    moment_id = ready(scrm)
    part = {"moment_id": moment_id, "userid": "zhangsan"}
    assert scrm.code("get_moment_send_result", **part) == 41062
    sim.act("publish_moment", moment_id=moment_id, member="zhangsan")
    sim.act("delete_friend", customer=SECOND, member="zhangsan")
    rows = scrm.ext("get_moment_send_result", **part)["customer_list"]
    assert rows == [{"external_userid": FIRST}]
    words = {"moment_id": moment_id, "member": "zhangsan", "customer": FIRST}
    sim.act("like_moment", **words)
    sim.act("like_moment", **words, comment=True)
    answer = scrm.ext("get_moment_comments", **part)
    entry = {"external_userid": FIRST, "create_time": NOW + 6}
    assert (answer["like_list"], answer["comment_list"]) == ([entry], [entry])
    assert sim.outbox(kind="moment")[-1]["payload"]["moment_id"] == moment_id


def test_member_publishes_once(sim: SimClient, scrm: Wecom) -> None:
    moment_id = ready(scrm)
    sim.act("publish_moment", moment_id=moment_id, member="lisi")
    with pytest.raises(SimError):
        sim.act("publish_moment", moment_id=moment_id, member="lisi")


def test_cancelled_moment_cannot_be_published(sim: SimClient, scrm: Wecom) -> None:
    moment_id = ready(scrm)
    assert scrm.code("cancel_moment_task", moment_id=moment_id) == 0
    assert scrm.code("cancel_moment_task", moment_id=moment_id) == 97612
    with pytest.raises(SimError):
        sim.act("publish_moment", moment_id=moment_id, member="lisi")


def test_moments_are_listed_twenty_at_most(scrm: Wecom) -> None:
    media_id = upload(scrm, "upload_attachment", media_type="image", attachment_type="1")[
        "media_id"
    ]
    image = {"msgtype": "image", "image": {"media_id": media_id}}
    moment_id = ready(scrm, attachments=[image, image])
    span = {"start_time": NOW - 10, "end_time": NOW + 10}
    (row,) = scrm.ext("get_moment_list", **span)["moment_list"]
    assert (row["moment_id"], row["text"], row["create_type"]) == (moment_id, TEXT, 0)
    assert row["image"] == [{"media_id": media_id}] * 2
    assert scrm.code("get_moment_list", **span, limit=21) == 40058
    assert scrm.code("get_moment_list", start_time=1, end_time=NOW) == 40058


LINK = {"msgtype": "link", "link": {"title": "t", "url": "https://a"}}
IMAGE = {"msgtype": "image", "image": {"media_id": "none"}}


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"text": {}}, 41089),
        ({"text": {"content": "字" * 2001}}, 40058),
        ({"attachments": [LINK, IMAGE]}, 41065),
        ({"attachments": [LINK, LINK]}, 41064),
        ({"attachments": [{"msgtype": "file", "file": {}}]}, 41065),
        ({"attachments": [IMAGE]}, 40007),
    ],
)
def test_bad_moments_are_refused(scrm: Wecom, words: dict[str, object], errcode: int) -> None:
    assert scrm.code("add_moment_task", **{"text": TEXT, **words}) == errcode


def test_media_of_messages_are_wrong_for_moments(scrm: Wecom) -> None:
    media_id = upload(scrm, "upload", type="image")["media_id"]
    image = {"msgtype": "image", "image": {"media_id": media_id}}
    assert scrm.code("add_moment_task", text=TEXT, attachments=[image]) == 40007


def test_missing_and_unknown_moments_are_refused(scrm: Wecom) -> None:
    assert scrm.code("get_moment_task") == 41059
    assert scrm.code("get_moment_task", moment_id="none") == 41060
    part = {"moment_id": ready(scrm), "userid": "nobody"}
    assert scrm.code("get_moment_comments", **part) == 41061
