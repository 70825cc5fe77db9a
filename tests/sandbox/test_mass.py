import pytest

from sandbox.client import SimClient, SimError
from tests.sandbox.wecom import FIRST, GROUP, SECOND, THIRD, VIP, Wecom

TEXT = {"content": "周末会员日"}


def create(scrm: Wecom, **words: object) -> str:
    answer = scrm.ext("add_msg_template", text=TEXT, **words)
    assert answer["errcode"] == 0, answer
    return str(answer["msgid"])


def ready(sim: SimClient, scrm: Wecom, **words: object) -> str:
    msgid = create(scrm, **words)
    sim.advance(6)
    return msgid


def results(scrm: Wecom, msgid: str, userid: str) -> list[tuple[str, int]]:
    rows = scrm.ext("get_groupmsg_send_result", msgid=msgid, userid=userid)["send_list"]
    return [(row.get("external_userid") or row["chat_id"], row["status"]) for row in rows]


def tasks(scrm: Wecom, msgid: str) -> list[tuple[str, int]]:
    rows = scrm.ext("get_groupmsg_task", msgid=msgid)["task_list"]
    return [(row["userid"], row["status"]) for row in rows]


def test_new_message_is_being_dispatched_for_a_while(sim: SimClient, scrm: Wecom) -> None:
    msgid = create(scrm, sender="zhangsan")
    assert scrm.code("get_groupmsg_task", msgid=msgid) == 41063
    assert scrm.code("get_groupmsg_send_result", msgid=msgid, userid="zhangsan") == 41063
    sim.advance(5)
    assert tasks(scrm, msgid) == [("zhangsan", 0)]
    assert results(scrm, msgid, "zhangsan") == [(FIRST, 0), (SECOND, 0)]


def test_members_see_their_task_on_the_device(sim: SimClient, scrm: Wecom) -> None:
    msgid = create(scrm, sender="zhangsan")
    entry = sim.outbox(kind="mass_task")[-1]
    assert (entry["to"], entry["payload"]["msgid"], entry["payload"]["count"]) == (
        "zhangsan",
        msgid,
        2,
    )


def test_shared_customer_goes_to_the_member_of_the_last_talk(sim: SimClient, scrm: Wecom) -> None:
    first = ready(sim, scrm, external_userid=[FIRST])
    assert tasks(scrm, first) == [("zhangsan", 0)]
    sim.act("staff_message", customer=FIRST, member="lisi", text="您好")
    second = ready(sim, scrm, external_userid=[FIRST])
    assert tasks(scrm, second) == [("lisi", 0)]


def test_unknown_and_foreign_customers_stand_in_the_fail_list(scrm: Wecom) -> None:
    answer = scrm.ext(
        "add_msg_template", text=TEXT, sender="zhangsan", external_userid=[FIRST, THIRD, "wmX"]
    )
    assert answer["errcode"] == 0
    assert answer["fail_list"] == [THIRD, "wmX"]


def test_nobody_to_send_to_gives_41048(scrm: Wecom) -> None:
    assert scrm.code("add_msg_template", text=TEXT, external_userid=["wmX"]) == 41048
    assert scrm.code("add_msg_template", text=TEXT, sender="wangwu") == 41048


def test_tag_filter_is_or_inside_and_and_between_lists(sim: SimClient, scrm: Wecom) -> None:
    normal = "etTESTtag00000000000000000000002"
    scrm.ext("mark_tag", userid="zhangsan", external_userid=SECOND, add_tag=[normal])
    either = {"group_list": [{"tag_list": [VIP, normal]}]}
    both = {"group_list": [{"tag_list": [VIP]}, {"tag_list": [normal]}]}
    msgid = ready(sim, scrm, tag_filter=either)
    assert results(scrm, msgid, "zhangsan") == [(FIRST, 0), (SECOND, 0)]
    assert scrm.code("add_msg_template", text=TEXT, tag_filter=both) == 41048


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"sender": "zhangsan"}, 40063),
        ({"text": TEXT}, 40063),
        ({"text": TEXT, "sender": "nobody"}, 60111),
        ({"text": TEXT, "chat_type": "group"}, 40063),
        ({"text": TEXT, "chat_type": "crowd", "sender": "zhangsan"}, 40058),
        ({"text": TEXT, "external_userid": ["x"] * 10_001}, 40058),
        ({"text": TEXT, "tag_filter": {"group_list": [{"tag_list": ["etX"]}]}}, 40068),
        ({"text": {"content": "字" * 1334}, "sender": "zhangsan"}, 40058),
    ],
)
def test_bad_messages_are_refused(scrm: Wecom, body: dict[str, object], errcode: int) -> None:
    assert scrm.code("add_msg_template", **body) == errcode


def test_confirmation_sends_and_counts(sim: SimClient, scrm: Wecom) -> None:
    msgid = ready(sim, scrm, sender="lisi", external_userid=[FIRST, THIRD])
    answer = sim.act("confirm_mass_send", msgid=msgid, member="lisi")
    assert answer["status_counts"] == {"1": 1, "2": 1}
    assert results(scrm, msgid, "lisi") == [(FIRST, 1), (THIRD, 2)]
    assert tasks(scrm, msgid) == [("lisi", 2)]
    entry = sim.outbox(kind="mass_message")[-1]
    assert (entry["to"], entry["from"], entry["payload"]["text"]) == (FIRST, "lisi", TEXT)


def test_member_confirms_once(sim: SimClient, scrm: Wecom) -> None:
    msgid = ready(sim, scrm, sender="zhangsan")
    sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
    with pytest.raises(SimError):
        sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")


def test_member_may_leave_customers_out(sim: SimClient, scrm: Wecom) -> None:
    msgid = ready(sim, scrm, sender="zhangsan", allow_select=True)
    sim.act("confirm_mass_send", msgid=msgid, member="zhangsan", targets=[SECOND])
    assert results(scrm, msgid, "zhangsan") == [(FIRST, 0), (SECOND, 1)]


@pytest.mark.parametrize(("mode", "quota"), [("day", 1), ("week", 7)])
def test_receive_quota_gives_status_3(sim: SimClient, scrm: Wecom, mode: str, quota: int) -> None:
    sim.change_settings(mass_quota=mode, mass_dispatch_seconds=0)
    statuses = []
    for _ in range(quota + 1):
        msgid = create(scrm, sender="zhangsan", external_userid=[FIRST])
        sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
        statuses += [status for _, status in results(scrm, msgid, "zhangsan")]
    assert statuses == [1] * quota + [3]


def test_quota_of_the_day_is_fresh_the_next_day(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(mass_quota="day", mass_dispatch_seconds=0)
    for _ in range(2):
        msgid = create(scrm, sender="zhangsan", external_userid=[FIRST])
        sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
        assert results(scrm, msgid, "zhangsan") == [(FIRST, 1)]
        scrm.sleep(86_400)


def test_group_message_goes_to_own_groups_and_shows_only_what_was_sent(
    sim: SimClient, scrm: Wecom
) -> None:
    msgid = ready(sim, scrm, chat_type="group", sender="zhangsan", chat_id_list=[GROUP])
    assert results(scrm, msgid, "zhangsan") == []
    sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
    assert results(scrm, msgid, "zhangsan") == [(GROUP, 1)]
    assert scrm.code("add_msg_template", text=TEXT, chat_type="group", sender="lisi") == 41048


def listed(sim: SimClient, scrm: Wecom, **words: object) -> list[dict[str, object]]:
    now = int(sim.now())
    body = {"chat_type": "single", "start_time": now - 3600, "end_time": now + 10, **words}
    return list(scrm.ext("get_groupmsg_list_v2", **body)["group_msg_list"])


def test_list_shows_messages_of_the_api_without_creator(sim: SimClient, scrm: Wecom) -> None:
    msgid = create(scrm, sender="zhangsan")
    (row,) = listed(sim, scrm)
    assert (row["msgid"], row["create_type"], row["text"]) == (msgid, 0, TEXT)
    assert "creator" not in row
    assert listed(sim, scrm, filter_type=1) == []
    assert listed(sim, scrm, chat_type="group") == []


def test_list_lags_behind_when_told(sim: SimClient, scrm: Wecom) -> None:
    sim.set_faults(
        {"match": "externalcontact/get_groupmsg_list_v2", "mode": "list_lag", "seconds": 60}
    )
    create(scrm, sender="zhangsan")
    assert listed(sim, scrm) == []
    sim.advance(61)
    assert len(listed(sim, scrm)) == 1


def test_list_refuses_more_than_a_month(sim: SimClient, scrm: Wecom) -> None:
    now = int(sim.now())
    body = {"chat_type": "single", "start_time": now - 40 * 86_400, "end_time": now}
    assert scrm.code("get_groupmsg_list_v2", **body) == 40058


def test_reminders_are_limited_to_three_a_day(sim: SimClient, scrm: Wecom) -> None:
    msgid = ready(sim, scrm, sender="zhangsan")
    codes = [scrm.code("remind_groupmsg_send", msgid=msgid) for _ in range(4)]
    assert codes == [0, 0, 0, 41094]
    assert len(sim.outbox(kind="mass_reminder", to="zhangsan")) == 3
    scrm.sleep(86_400)
    assert scrm.code("remind_groupmsg_send", msgid=msgid) == 0


def test_cancelled_message_keeps_only_sent_parts(sim: SimClient, scrm: Wecom) -> None:
    msgid = ready(sim, scrm, external_userid=[FIRST, THIRD])
    sim.act("confirm_mass_send", msgid=msgid, member="zhangsan")
    assert scrm.code("cancel_groupmsg_send", msgid=msgid) == 0
    assert scrm.code("get_groupmsg_task", msgid=msgid) == 41093
    assert scrm.code("remind_groupmsg_send", msgid=msgid) == 41093
    assert results(scrm, msgid, "zhangsan") == [(FIRST, 1)]
    with pytest.raises(SimError):
        sim.act("confirm_mass_send", msgid=msgid, member="lisi")


@pytest.mark.parametrize(("msgid", "errcode"), [("", 41046), ("msgNone", 41047)])
def test_missing_and_unknown_messages_are_refused(scrm: Wecom, msgid: str, errcode: int) -> None:
    assert scrm.code("get_groupmsg_task", msgid=msgid) == errcode


def test_members_may_confirm_by_themselves_and_some_never(sim: SimClient, scrm: Wecom) -> None:
    sim.change_settings(mass_auto_confirm_seconds=60, mass_auto_confirm_ratio=0.5)
    messages = [create(scrm, sender="zhangsan", external_userid=[SECOND]) for _ in range(20)]
    sim.advance(6)
    early = [tasks(scrm, msgid)[0][1] for msgid in messages]
    sim.advance(3000)
    late = [tasks(scrm, msgid)[0][1] for msgid in messages]
    assert early.count(2) < late.count(2)
    assert set(late) == {0, 2}
