import pytest

from sandbox.client import SimClient, SimError
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import Wecom

AGENT = 1_000_002
TEXT = {"msgtype": "text", "text": {"content": "客户林女士刚浏览了会员日"}}


def card(task_id: str = "sop-1", **words: object) -> dict[str, object]:
    body = {
        "card_type": "button_interaction",
        "main_title": {"title": "入会第 3 天回访"},
        "button_list": [{"text": "已联系", "style": 1, "key": "done"}],
        "task_id": task_id,
        **words,
    }
    return {"msgtype": "template_card", "template_card": body}


def send(scrm: Wecom, **words: object) -> dict[str, object]:
    return scrm.post("message/send", {"touser": "zhangsan", "agentid": AGENT, **TEXT, **words})


def test_message_arrives_on_the_device(sim: SimClient, scrm: Wecom) -> None:
    answer = send(scrm, touser="zhangsan|LiSi")
    assert answer["errcode"] == 0
    entries = [
        e for e in sim.outbox(kind="app_message") if e["payload"]["msgid"] == answer["msgid"]
    ]
    assert [entry["to"] for entry in entries] == ["zhangsan", "lisi"]
    assert entries[0]["payload"]["text"] == TEXT["text"]


def test_unknown_recipients_are_listed_in_lower_case(scrm: Wecom) -> None:
    answer = send(scrm, touser="zhangsan|NoBody|Other", toparty="2|99")
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == "nobody|other"
    assert answer["invalidparty"] == "99"
    assert answer["unlicenseduser"] == ""


def test_departments_are_unfolded_without_doubles(sim: SimClient, scrm: Wecom) -> None:
    msgid = send(scrm, touser="zhangsan", toparty="2")["msgid"]
    entries = [e for e in sim.outbox(kind="app_message") if e["payload"]["msgid"] == msgid]
    assert sorted(entry["to"] for entry in entries) == ["lisi", "zhangsan"]


@pytest.mark.parametrize(
    ("words", "errcode"),
    [
        ({"touser": ""}, 82001),
        ({"touser": "nobody"}, 81013),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40058),
        ({"agentid": 7}, 301002),
        ({"msgtype": "poem"}, 40008),
        ({"text": {}}, 40063),
        ({"text": {"content": ""}, "msgtype": "text"}, 44004),
        ({"msgtype": "image", "image": {"media_id": "none"}}, 40007),
        ({"msgtype": "textcard", "textcard": {"title": "t"}}, 40063),
        (card(task_id=""), 42014),
        (card(card_type="poem"), 40058),
        ({"msgtype": "template_card", "template_card": {"card_type": "text_notice"}}, 40058),
    ],
)
def test_bad_messages_are_refused(
    sim: SimClient, scrm: Wecom, words: dict[str, object], errcode: int
) -> None:
    sim.set_callback_url("scrm", "http://127.0.0.1:9/none")
    before = sim.outbox(kind="app_message")
    assert send(scrm, **words)["errcode"] == errcode
    assert sim.outbox(kind="app_message") == before


def test_missing_agent_gives_40056(scrm: Wecom) -> None:
    assert scrm.post("message/send", {"touser": "zhangsan", **TEXT})["errcode"] == 40056


def test_member_outside_the_range_is_invalid(sim: SimClient, scrm: Wecom) -> None:
    sim.change_app("scrm", visible_departments=[3])
    assert send(scrm)["errcode"] == 81013


def test_long_text_is_cut_at_2048_bytes(sim: SimClient, scrm: Wecom) -> None:
    send(scrm, text={"content": "字" * 1000})
    assert sim.outbox(kind="app_message")[-1]["payload"]["text"]["content"] == "字" * 682


def test_more_than_thirty_a_minute_are_dropped_silently(sim: SimClient, scrm: Wecom) -> None:
    since = sim.outbox()[-1]["id"] if sim.outbox() else 0
    assert {send(scrm)["errcode"] for _ in range(33)} == {0}
    assert len(sim.outbox(since=since, kind="app_message")) == 30
    assert sim.report()["warning_counts"] == {"staff message dropped": 3}
    sim.advance(60)
    send(scrm)
    assert len(sim.outbox(since=since, kind="app_message")) == 31


def test_identical_message_is_not_received_twice_inside_the_interval(
    sim: SimClient, scrm: Wecom
) -> None:
    since = sim.outbox()[-1]["id"] if sim.outbox() else 0
    words = {"enable_duplicate_check": 1, "duplicate_check_interval": 1800}
    first, second = send(scrm, **words), send(scrm, **words)
    assert first["msgid"] == second["msgid"]
    sim.advance(1801)
    assert send(scrm, **words)["msgid"] != first["msgid"]
    assert len(sim.outbox(since=since, kind="app_message")) == 2


def test_interactive_card_needs_a_receiver(scrm: Wecom) -> None:
    assert send(scrm, **card())["errcode"] == 43012


def test_task_id_is_unique_per_app(scrm: Wecom, receiver: Receiver) -> None:
    assert send(scrm, **card())["errcode"] == 0
    assert send(scrm, **card())["errcode"] == 42014


def test_click_on_a_card_is_told_with_a_code_to_change_it(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    answer = send(scrm, **card())
    assert str(answer["response_code"]).startswith("RC-")
    row = sim.act(
        "click_card", member="zhangsan", task_id="sop-1", key="done", selected={"q1": ["o1"]}
    )
    sim.drain_callbacks(5)
    (got,) = receiver.received
    assert (got.field("Event"), got.field("FromUserName")) == ("template_card_event", "zhangsan")
    assert (got.field("EventKey"), got.field("TaskId")) == ("done", "sop-1")
    assert (got.field("CardType"), got.field("AgentID")) == ("button_interaction", "1000002")
    assert got.field("ResponseCode") == row["response_code"]
    assert (
        "<SelectedItems><SelectedItem><QuestionKey><![CDATA[q1]]></QuestionKey><OptionIds>"
        "<OptionId><![CDATA[o1]]></OptionId></OptionIds></SelectedItem></SelectedItems>"
    ) in got.plain


def test_card_is_changed_once_per_code(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    code = send(scrm, **card())["response_code"]
    body = {
        "userids": ["zhangsan", "nobody"],
        "agentid": AGENT,
        "response_code": code,
        "button": {"replace_name": "已处理"},
    }
    answer = scrm.post("message/update_template_card", body)
    assert (answer["errcode"], answer["invaliduser"]) == (0, ["nobody"])
    assert sim.outbox(kind="card_update")[-1]["payload"]["button"] == {"replace_name": "已处理"}
    assert scrm.post("message/update_template_card", body)["errcode"] == 60140


def test_code_of_a_card_lives_72_hours(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    code = send(scrm, **card())["response_code"]
    scrm.sleep(72 * 3600 + 1)
    body = {"userids": ["zhangsan"], "agentid": AGENT, "response_code": code, "button": {"a": 1}}
    assert scrm.post("message/update_template_card", body)["errcode"] == 60140


def test_message_is_recalled_within_a_day(sim: SimClient, scrm: Wecom) -> None:
    first, second = send(scrm)["msgid"], send(scrm)["msgid"]
    assert scrm.post("message/recall", {"msgid": first})["errcode"] == 0
    assert sim.outbox(kind="recall")[-1]["payload"] == {"msgid": first}
    scrm.sleep(86_401)
    assert scrm.post("message/recall", {"msgid": second})["errcode"] == 42052


def test_recalled_card_cannot_be_clicked(sim: SimClient, scrm: Wecom, receiver: Receiver) -> None:
    scrm.post("message/recall", {"msgid": send(scrm, **card())["msgid"]})
    with pytest.raises(SimError):
        sim.act("click_card", member="zhangsan", task_id="sop-1", key="done")
