"""Tags, remark, marks, notes, tasks: each tap once, and what is not allowed changes nothing."""

import json
from typing import Any
from uuid import uuid4

import pytest

from customers.models import Event, Follow, Tag, TagAssignment, TagGroup
from tests.makers import NOW
from tests.sidebar.desk import Desk, later, make_journey_task, make_task, token
from touches.models import Dispatch, Touch

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags(desk: Desk) -> list[Tag]:
    """Two enterprise tags of the same name in two groups, the first one on, and a local tag."""
    corp = desk.staff.corp
    groups = [
        TagGroup.objects.create(corp=corp, name=name, wecom_id=name) for name in ("意向", "复购")
    ]
    made = [
        Tag.objects.create(corp=corp, group=group, name="高", wecom_id=f"et-{group.name}")
        for group in groups
    ]
    own = TagGroup.objects.create(corp=corp, name="本地")
    made.append(Tag.objects.create(corp=corp, group=own, name="VIP"))
    TagAssignment.objects.create(
        identity=desk.relation.identity,
        follow=desk.relation,
        tag=made[0],
        source="sync",
        assigned_at=NOW,
    )
    return made


def told() -> list[tuple[str, dict[str, Any]]]:
    return [(event.type, event.payload) for event in Event.objects.order_by("id")]


def calls(kind: str) -> list[dict[str, Any]]:
    rows = Dispatch.objects.filter(kind=kind).order_by("id")
    return [json.loads(row.payload) for row in rows]


def test_tags_change_by_their_numbers_not_by_their_names(desk: Desk, tags: list[Tag]):
    fields = {"shown": [tag.pk for tag in tags], "tag": [tags[1].pk, tags[2].pk], "token": token()}

    shown = desk.client.post(f"{desk.base}/tags", fields).content.decode()

    (call,) = calls("mark_tag")
    assert call == {
        "userid": "guide",
        "external_userid": desk.external_userid,
        "add_tag": ["et-复购"],
        "remove_tag": ["et-意向"],
    }
    local = TagAssignment.objects.get(tag=tags[2])
    assert (local.follow, local.identity, local.source) == (None, desk.relation.identity, "sidebar")
    # What WeCom has still to do is shown as it will be.
    assert shown.count(">高<") == 1
    assert ">VIP<" in shown
    assert "同步中" in shown
    assert TagAssignment.objects.filter(tag=tags[0]).exists()


def test_a_tag_that_was_not_shown_is_left_alone(desk: Desk, tags: list[Tag]):
    fields = {"shown": [tags[2].pk], "tag": [], "token": token()}

    assert desk.client.post(f"{desk.base}/tags", fields).status_code == 200
    assert calls("mark_tag") == []


def test_the_same_edit_twice_is_one_call(desk: Desk, tags: list[Tag]):
    fields = {"shown": [tags[1].pk], "tag": [tags[1].pk], "token": token()}
    for _ in range(2):
        desk.client.post(f"{desk.base}/tags", fields)
    assert len(calls("mark_tag")) == 1


def test_unknown_tags_and_missing_tokens_change_nothing(desk: Desk, tags: list[Tag]):
    unknown = {"shown": [999_999], "tag": [999_999], "token": token()}
    assert desk.client.post(f"{desk.base}/tags", unknown).status_code == 409
    without = {"shown": [tags[1].pk], "tag": [tags[1].pk]}
    assert desk.client.post(f"{desk.base}/tags", without).status_code == 409
    assert calls("mark_tag") == []


def test_the_board_shows_groups_and_what_is_on(desk: Desk, tags: list[Tag]):
    shown = desk.text(f"{desk.base}/tags")

    assert shown.count("<legend>") == 3
    assert f'name="tag" value="{tags[0].pk}" checked' in shown
    assert f'name="tag" value="{tags[1].pk}">' in shown


def test_a_remark_goes_to_wecom_and_is_shown_meanwhile(desk: Desk):
    answer = desk.post(f"{desk.base}/remark", remark=" 王姐 ", token=token())

    assert answer.json() == {"said": "备注已提交，正在同步到企业微信"}
    (call,) = calls("remark")
    assert call == {
        "userid": "guide",
        "external_userid": desk.external_userid,
        "remark": "王姐",
    }
    assert "<span data-remark>王姐</span>" in desk.text(f"{desk.base}/")


def test_a_remark_that_is_too_long_is_refused(desk: Desk):
    answer = desk.post(f"{desk.base}/remark", remark="字" * 21, token=token())

    assert answer.status_code == 422
    assert calls("remark") == []


def test_a_description_goes_along_and_is_shown_meanwhile(desk: Desk):
    desk.post(f"{desk.base}/remark", remark="王姐", description=" 两只布偶，爱冻干 ", token=token())
    shown = desk.text(f"{desk.base}/")

    (call,) = calls("remark")
    assert (call["remark"], call["description"]) == ("王姐", "两只布偶，爱冻干")
    assert "data-about>两只布偶，爱冻干</p>" in shown
    assert ">两只布偶，爱冻干</textarea>" in shown


def test_what_stays_as_it_is_is_not_sent(desk: Desk):
    Follow.objects.filter(pk=desk.relation.pk).update(remark="王姐", description="养猫")
    again = {"remark": "王姐", "description": "养猫"}

    assert desk.post(f"{desk.base}/remark", **again, token=token()).status_code == 200
    assert calls("remark") == []

    changed = again | {"description": "养猫，也养狗"}
    assert desk.post(f"{desk.base}/remark", **changed, token=token()).status_code == 200
    (call,) = calls("remark")
    assert "remark" not in call
    # Back to what it was, while the first change is on its way: that is a change as well.
    assert desk.post(f"{desk.base}/remark", **again, token=token()).status_code == 200
    assert [call["description"] for call in calls("remark")] == ["养猫，也养狗", "养猫"]


@pytest.mark.parametrize("emptied", ["remark", "description"])
def test_what_wecom_cannot_empty_is_refused(desk: Desk, emptied: str):
    Follow.objects.filter(pk=desk.relation.pk).update(remark="王姐", description="养猫")
    fields = {"remark": "王姐", "description": "养猫"} | {emptied: " "}

    answer = desk.post(f"{desk.base}/remark", **fields, token=token())

    assert (answer.status_code, "清空" in answer.json()["said"]) == (422, True)
    assert calls("remark") == []


def test_a_description_that_is_too_long_is_refused(desk: Desk):
    fields = {"remark": "王姐", "description": "字" * 151, "token": token()}

    assert desk.post(f"{desk.base}/remark", **fields).status_code == 422
    assert calls("remark") == []


@pytest.mark.parametrize("mark", ["replied", "interested", "resolved", "complained"])
def test_a_mark_is_an_event_once_a_tap(desk: Desk, mark: str):
    same = token()
    for _ in range(2):
        assert desk.post(f"{desk.base}/marks", mark=mark, token=same).status_code == 200
    assert told() == [("staff_marked", {"mark": mark})]
    assert Event.objects.get().staff_id == desk.staff.pk

    desk.post(f"{desk.base}/marks", mark=mark, token=token())
    assert len(told()) == 2


def test_a_mark_that_is_none_is_refused(desk: Desk):
    assert desk.post(f"{desk.base}/marks", mark="angry", token=token()).status_code == 422
    assert desk.post(f"{desk.base}/marks", mark="replied").status_code == 422
    assert told() == []


def test_a_note_stands_on_the_timeline(desk: Desk):
    desk.post(f"{desk.base}/notes", text=" 喜欢无谷粮 ", token=token())

    assert [(kind, payload["text"]) for kind, payload in told()] == [("note_written", "喜欢无谷粮")]
    assert "喜欢无谷粮" in desk.text(f"{desk.base}/")


@pytest.mark.parametrize("text", ["", "   ", "字" * 1_001])
def test_an_empty_or_endless_note_is_refused(desk: Desk, text: str):
    assert desk.post(f"{desk.base}/notes", text=text, token=token()).status_code == 422
    assert told() == []


def test_a_task_that_is_done_is_confirmed_and_gone(desk: Desk):
    task = make_task(desk.relation)

    shown = desk.post(f"{desk.base}/tasks/{task.uid}", answer="done").content.decode()

    task.refresh_from_db()
    assert (task.state, task.finished_at) == (Touch.State.CONFIRMED, NOW)
    assert told() == [("staff_task_done", {"touch_uid": str(task.uid), "title": "首次问候"})]
    assert 'data-count="0"' in shown
    desk.post(f"{desk.base}/tasks/{task.uid}", answer="done")
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("until", "due_at"), [("hour", later(hours=1)), ("tomorrow", later(hours=22))]
)
def test_a_task_that_is_put_off_comes_again_with_its_reason_told(desk: Desk, until: str, due_at):
    task = make_journey_task(desk.relation, "{客户}你好", origin_step="ask")

    fields = {"answer": "later", "reason": "客户在忙", "until": until}
    assert desk.client.post(f"{desk.base}/tasks/{task.uid}", fields).status_code == 200

    task.refresh_from_db()
    again = Touch.objects.exclude(pk=task.pk).get()
    assert task.state == Touch.State.CANCELLED
    assert (again.due_at, again.occurrence) == (due_at, 2)
    ((kind, payload),) = told()
    assert (kind, payload["reason"]) == ("staff_task_postponed", "客户在忙")


def test_the_fourth_time_it_does_not_come_again(desk: Desk):
    task = make_task(desk.relation, occurrence=4)
    assert "data-later" not in desk.text(f"{desk.base}/next")

    desk.post(f"{desk.base}/tasks/{task.uid}", answer="later", reason="x", until="hour")

    assert Touch.objects.count() == 1


def test_an_overdue_task_can_still_be_done(desk: Desk):
    task = make_task(
        desk.relation,
        state=Touch.State.EXPIRED,
        due_at=later(days=-2),
        valid_until=later(days=-1),
    )

    desk.post(f"{desk.base}/tasks/{task.uid}", answer="done")

    task.refresh_from_db()
    assert task.state == Touch.State.CONFIRMED


def test_a_task_that_is_none_is_not_there(desk: Desk):
    assert desk.post(f"{desk.base}/tasks/{uuid4()}", answer="done").status_code == 404
