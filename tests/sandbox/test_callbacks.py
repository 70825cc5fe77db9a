import pytest

from sandbox.client import SimClient
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import CORP, FIRST, GROUP, NOW, SECOND, Wecom


def drained(sim: SimClient) -> dict[str, int]:
    answer = sim.drain_callbacks(5)
    assert answer["drained"] is True
    return dict(answer["counts"])


def add(sim: SimClient, customer: str = "c-new") -> str:
    return str(sim.act("add_friend", customer=customer, member="zhangsan")["external_userid"])


def test_event_has_the_exact_text_of_the_contract(sim: SimClient, receiver: Receiver) -> None:
    row = sim.act("add_friend", customer="c-new", member="zhangsan", state="A01")
    drained(sim)
    assert receiver.received[0].plain == (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        "<FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[change_external_contact]]></Event>"
        "<ChangeType><![CDATA[add_external_contact]]></ChangeType>"
        "<UserID><![CDATA[zhangsan]]></UserID>"
        f"<ExternalUserID><![CDATA[{row['external_userid']}]]></ExternalUserID>"
        "<State><![CDATA[A01]]></State>"
        f"<WelcomeCode><![CDATA[{row['welcome_code']}]]></WelcomeCode></xml>"
    )


def test_envelope_names_corp_and_agent(sim: SimClient, receiver: Receiver) -> None:
    add(sim)
    drained(sim)
    (got,) = receiver.received
    assert got.path == "/scrm"
    assert got.body.startswith(
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName>"
        "<AgentID><![CDATA[1000002]]></AgentID><Encrypt><![CDATA["
    )


def test_refused_event_is_tried_three_times_with_fresh_ciphertext(
    sim: SimClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 500]
    add(sim)
    assert drained(sim) == {"emitted": 1, "tries": 3, "delivered": 1}
    first, second, third = receiver.received
    assert first.plain == second.plain == third.plain
    assert len({got.body for got in receiver.received}) == 3
    assert len({got.query["nonce"] for got in receiver.received}) == 3


def test_event_is_given_up_after_three_tries(sim: SimClient, receiver: Receiver) -> None:
    receiver.statuses = [500, 403, 502, 200]
    add(sim)
    assert drained(sim) == {"emitted": 1, "tries": 3, "given_up": 1}
    (delivery,) = sim.callbacks()["deliveries"]
    assert delivery["state"] == "given_up"
    assert [entry["verdict"] for entry in delivery["tries"]] == ["500", "403", "502"]


def test_slow_receiver_counts_as_a_failed_try(sim: SimClient, receiver: Receiver) -> None:
    sim.change_settings(callback_timeout_seconds=0.05)
    receiver.slow_seconds = [0.3]
    add(sim)
    assert drained(sim) == {"emitted": 1, "tries": 2, "delivered": 1}
    (delivery,) = sim.callbacks()["deliveries"]
    assert [entry["verdict"] for entry in delivery["tries"]] == ["timeout", "200"]


def test_dead_receiver_is_given_up(sim: SimClient) -> None:
    sim.change_settings(callback_retry_seconds=0.01)
    sim.set_callback_url("scrm", "http://127.0.0.1:9/none")
    add(sim)
    assert drained(sim) == {"emitted": 1, "tries": 3, "given_up": 1}


def test_app_without_receiver_is_noted(sim: SimClient) -> None:
    add(sim)
    assert drained(sim) == {"emitted": 1, "no_receiver": 1}


def test_events_of_invisible_members_do_not_arrive(sim: SimClient, receiver: Receiver) -> None:
    sim.change_app("scrm", visible_departments=[3])
    add(sim)
    assert drained(sim) == {}


@pytest.mark.parametrize("change", [{"customer_events": False}, {"callable_apps": []}])
def test_app_without_tick_or_right_gets_nothing(
    sim: SimClient, receiver: Receiver, change: dict[str, object]
) -> None:
    sim.change_app("scrm", **change)
    add(sim)
    assert drained(sim) == {}


def test_each_app_gets_its_own_copy(sim: SimClient, receiver: Receiver) -> None:
    snapshot = sim.snapshot()
    apps = snapshot["corps"][CORP]["apps"]
    apps["other"] = {**apps["scrm"], "slug": "other", "secret": "other", "agent_id": 1000003}
    sim.restore(snapshot)
    add(sim)
    drained(sim)
    agents = {got.body.split("<AgentID><![CDATA[")[1][:7] for got in receiver.received}
    assert agents == {"1000002", "1000003"}


def test_group_changes_carry_versions_and_people(sim: SimClient, receiver: Receiver) -> None:
    sim.act("join_group", chat_id=GROUP, customers=[SECOND, "c-new"])
    sim.act("leave_group", chat_id=GROUP, customer=SECOND, removed=True)
    drained(sim)
    joined, left = sorted(receiver.received, key=lambda got: got.field("LastMemVer"))
    new = sim.customer("c-new")["external_userid"]
    assert joined.plain.endswith(
        "<Event><![CDATA[change_external_chat]]></Event>"
        f"<ChatId><![CDATA[{GROUP}]]></ChatId><ChangeType><![CDATA[update]]></ChangeType>"
        "<UpdateDetail><![CDATA[add_member]]></UpdateDetail><JoinScene>3</JoinScene>"
        "<MemChangeCnt>2</MemChangeCnt><MemChangeList>"
        f"<Item><![CDATA[{SECOND}]]></Item><Item><![CDATA[{new}]]></Item></MemChangeList>"
        "<LastMemVer><![CDATA[mv-0001]]></LastMemVer><CurMemVer><![CDATA[mv-0002]]></CurMemVer>"
        "</xml>"
    )
    assert (left.field("UpdateDetail"), left.field("QuitScene")) == ("del_member", "1")
    assert (left.field("LastMemVer"), left.field("CurMemVer")) == ("mv-0002", "mv-0003")


def test_group_life_is_told(sim: SimClient, receiver: Receiver) -> None:
    sim.change_settings(callback_concurrency=1)
    chat_id = sim.act("create_group", owner="lisi", name="新群")["chat_id"]
    sim.act("rename_group", chat_id=chat_id, name="老群", notice="好")
    sim.act("dismiss_group", chat_id=chat_id)
    drained(sim)
    assert [(g.field("ChangeType"), g.field("UpdateDetail")) for g in receiver.received] == [
        ("create", ""),
        ("update", "change_name"),
        ("update", "change_notice"),
        ("dismiss", ""),
    ]


def test_tags_of_the_console_are_told_and_those_of_the_api_are_not(
    sim: SimClient, scrm: Wecom, receiver: Receiver
) -> None:
    scrm.ext("add_corp_tag", group_name="由接口", tag=[{"name": "x"}])
    sim.act("tag_create", group_name="由后台", names=["甲"])
    drained(sim)
    assert sorted((g.field("TagType"), g.field("ChangeType")) for g in receiver.received) == [
        ("tag", "create"),
        ("tag_group", "create"),
    ]


def test_changes_of_members_go_to_the_contacts_receiver(sim: SimClient, receiver: Receiver) -> None:
    sim.change_settings(callback_concurrency=1)
    sim.act("create_user", userid="zhaoliu", department=[2, 3])
    sim.act("update_user", userid="zhaoliu", new_userid="zhaoliu01")
    sim.act("delete_user", userid="zhaoliu01")
    sim.act("create_party", name="华东二区", parentid=2)
    drained(sim)
    assert {got.path for got in receiver.received} == {"/contacts"}
    created, renamed, deleted, party = receiver.received
    assert (created.field("ChangeType"), created.field("Department")) == ("create_user", "2,3")
    assert (renamed.field("UserID"), renamed.field("NewUserID")) == ("zhaoliu", "zhaoliu01")
    assert (deleted.field("ChangeType"), deleted.field("UserID")) == ("delete_user", "zhaoliu01")
    assert (party.field("Id"), party.field("ParentId")) == ("4", "2")


def test_paused_events_wait_and_then_arrive(sim: SimClient, receiver: Receiver) -> None:
    sim.pause_callbacks()
    add(sim)
    assert sim.drain_callbacks(0.05) == {
        "drained": False,
        "pending": 1,
        "counts": {"emitted": 1},
    }
    sim.resume_callbacks()
    assert drained(sim)["delivered"] == 1


def test_url_check_sends_an_encrypted_echo(sim: SimClient, receiver: Receiver) -> None:
    assert sim.call("POST", "apps/scrm/verify")["ok"] is True
    sim.set_callback_url("scrm", "http://127.0.0.1:9/none")
    assert sim.call("POST", "apps/scrm/verify")["ok"] is False


def test_text_with_markup_stays_inside_its_element(sim: SimClient, receiver: Receiver) -> None:
    sim.act("add_friend", customer=FIRST, member="wangwu", state="a]]><b>")
    drained(sim)
    assert "<State><![CDATA[a]]]]><![CDATA[><b>]]></State>" in receiver.received[0].plain
