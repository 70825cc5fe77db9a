"""Events of links, cards, the app and its rights; what is unknown, and what is malformed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wecom.keys import CORP_ID, event_xml
from tests.wecom.test_events import EXAMPLES as CONTACT_EXAMPLES
from wecom import events
from wecom.errors import EventMalformed
from wecom.events import known_kinds, parse_event

AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 1, tzinfo=UTC)
COMMON = {"corp_id": CORP_ID, "from_user": "sys", "occurred_at": AT}
MEMBER = COMMON | {"from_user": "zhangsan"}
LINK = {"link_id": "cawcdeTEST0001", "state": "ad-2026q1"}
LINK_XML = "<LinkId><![CDATA[cawcdeTEST0001]]></LinkId><State><![CDATA[ad-2026q1]]></State>"
CARD = {
    "event_key": "done",
    "task_id": "sop-10231-zhangsan",
    "card_type": "button_interaction",
    "response_code": "RC-0002",
    "agent_id": 1000002,
}
CARD_XML = (
    "<EventKey><![CDATA[done]]></EventKey><TaskId><![CDATA[sop-10231-zhangsan]]></TaskId>"
    "<CardType><![CDATA[button_interaction]]></CardType>"
    "<ResponseCode><![CDATA[RC-0002]]></ResponseCode><AgentID>1000002</AgentID>"
)
SELECTED_XML = (
    "<SelectedItems><SelectedItem><QuestionKey><![CDATA[q1]]></QuestionKey><OptionIds>"
    "<OptionId><![CDATA[o1]]></OptionId><OptionId>o2</OptionId></OptionIds></SelectedItem>"
    "</SelectedItems>"
)
APP = {"event_key": "", "agent_id": 1000002}
APP_XML = "<EventKey><![CDATA[]]></EventKey><AgentID>1000002</AgentID>"


def _acquisition(change: str, rest: str = "") -> bytes:
    return _event("customer_acquisition", f"<ChangeType>{change}</ChangeType>{rest}")


def _event(name: str, rest: str = "", sender: str = "sys") -> bytes:
    return event_xml(f"<Event>{name}</Event>{rest}", sender=sender)


EXAMPLES: list[tuple[bytes, events.Event]] = [
    (_acquisition("balance_low"), events.AcquisitionBalanceLow(**COMMON)),
    (_acquisition("balance_exhausted"), events.AcquisitionBalanceExhausted(**COMMON)),
    (_acquisition("balance_increased"), events.AcquisitionBalanceIncreased(**COMMON)),
    (
        _acquisition(
            "quota_expire_soon",
            "<ExpireTime>1767229200</ExpireTime><ExpireQuotaNum>30</ExpireQuotaNum>",
        ),
        events.AcquisitionQuotaExpiring(**COMMON, expires_at=LATER, expiring_count=30),
    ),
    (
        _acquisition("link_unavailable", LINK_XML),
        events.AcquisitionLinkUnavailable(**COMMON, link_id=LINK["link_id"]),
    ),
    (
        _acquisition("delete_link", LINK_XML),
        events.AcquisitionLinkDeleted(**COMMON, link_id=LINK["link_id"]),
    ),
    (_acquisition("friend_request", LINK_XML), events.AcquisitionFriendRequested(**COMMON, **LINK)),
    (_acquisition("open_profile", LINK_XML), events.AcquisitionProfileOpened(**COMMON, **LINK)),
    (
        _acquisition(
            "customer_start_chat",
            f"<UserID>zhangsan</UserID><ExternalUserID>wm1</ExternalUserID>{LINK_XML}",
        ),
        events.AcquisitionChatStarted(**COMMON, **LINK, userid="zhangsan", external_userid="wm1"),
    ),
    (
        _acquisition("message_from_customer", f"<ChatKey>CK</ChatKey>{LINK_XML}"),
        events.AcquisitionMessageReceived(**COMMON, **LINK, chat_key="CK"),
    ),
    (
        _event("template_card_event", CARD_XML + SELECTED_XML, "zhangsan"),
        events.CardClicked(
            **MEMBER,
            **CARD,
            selected=(events.SelectedItem(question_key="q1", option_ids=("o1", "o2")),),
        ),
    ),
    (
        _event("template_card_event", CARD_XML, "zhangsan"),
        events.CardClicked(**MEMBER, **CARD, selected=()),
    ),
    (
        _event("template_card_menu_event", CARD_XML, "zhangsan"),
        events.CardMenuClicked(**MEMBER, **CARD),
    ),
    (_event("enter_agent", APP_XML, "zhangsan"), events.AppEntered(**MEMBER, **APP)),
    (_event("subscribe", APP_XML, "zhangsan"), events.AppSubscribed(**MEMBER, **APP)),
    (_event("unsubscribe", APP_XML, "zhangsan"), events.AppUnsubscribed(**MEMBER, **APP)),
    (_event("click", APP_XML, "zhangsan"), events.MenuClicked(**MEMBER, **APP)),
    (_event("view", APP_XML, "zhangsan"), events.MenuLinkOpened(**MEMBER, **APP)),
    (_event("LOCATION", APP_XML, "zhangsan"), events.LocationReported(**MEMBER, **APP)),
    (_event("batch_job_result", APP_XML), events.BatchJobDone(**COMMON, **APP)),
    (_event("share_agent_change", APP_XML), events.SharedAppChanged(**COMMON, **APP)),
    (
        _event("msgaudit_notify", "<AgentID>2000004</AgentID>"),
        events.ArchiveHint(**COMMON, agent_id=2000004),
    ),
    (
        _event("kf_msg_or_event", "<Token>ENC-TOKEN</Token><OpenKfId>wkTEST</OpenKfId>"),
        events.ServiceMessageHint(**COMMON, sync_token="ENC-TOKEN", open_kfid="wkTEST"),
    ),
    (_event("kf_account_auth_change"), events.ServiceRightsChanged(**COMMON)),
    (
        _event("inactive_alert", "<EffectTime>1767229200</EffectTime>"),
        events.InactiveWarned(**COMMON, effective_at=LATER),
    ),
    (_event("close_inactive_agent"), events.InactiveClosed(**COMMON, effective_at=None)),
    (_event("reopen_inactive_agent"), events.InactiveReopened(**COMMON, effective_at=None)),
    (
        _event("low_active_alert", "<EffectTime>1767229200</EffectTime>"),
        events.LowActivityWarned(**COMMON, effective_at=LATER),
    ),
    (_event("low_active"), events.LowActivity(**COMMON, effective_at=None)),
    (_event("active_restored"), events.ActivityRestored(**COMMON, effective_at=None)),
]


@pytest.mark.parametrize(
    ("xml", "event"), EXAMPLES, ids=[f"{n}-{event.kind}" for n, (_, event) in enumerate(EXAMPLES)]
)
def test_an_example_becomes_its_event(xml, event):
    assert parse_event(xml) == event


def test_every_known_event_has_an_example():
    shown = {event.kind for _, event in EXAMPLES + CONTACT_EXAMPLES}
    assert shown == known_kinds()


def test_an_added_field_changes_nothing():
    plain = _event("enter_agent", APP_XML)
    added = _event("enter_agent", APP_XML + "<New><Deep>1</Deep></New>")
    assert parse_event(added) == parse_event(plain)


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (_event("brand_new", "<A>1</A>"), "brand_new"),
        (_event("change_external_contact", "<ChangeType>new</ChangeType><A>1</A>"),
         "change_external_contact.new"),
        (event_xml("<A>1</A>").replace(b"[event]", b"[text]"), "message.text"),
    ],
)  # fmt: skip
def test_an_unknown_event_is_kept_with_its_fields(xml, kind):
    event = parse_event(xml)
    assert isinstance(event, events.UnknownEvent)
    assert event.kind == kind
    assert event.corp_id == CORP_ID
    assert event.occurred_at == AT
    assert ("A", "1") in event.fields


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\xff",
        b"<xml>",
        b"<other/>",
        b"<xml/>",
        b"<xml><MsgType>event</MsgType></xml>",
        b'<!DOCTYPE x [<!ENTITY e "e">]><xml>&e;</xml>',
        _event("enter_agent", APP_XML).decode().encode("utf-16-le"),
        _event("enter_agent").replace(b"<CreateTime>1767225600</CreateTime>", b""),
        _event("enter_agent").replace(b"1767225600", b"yesterday"),
        _event("enter_agent").replace(b"1767225600", b"9" * 18),
        _event("enter_agent").replace(b"1767225600", b"9" * 40),
        _event("enter_agent").replace(b"1767225600", "１２３".encode()),
        _event("enter_agent", "<AgentID>x</AgentID>"),
        _event("kf_msg_or_event", "<Token>t</Token>"),
        _event("change_external_contact", "<ChangeType>del_follow_user</ChangeType>"),
        _event("change_contact", "<ChangeType>delete_party</ChangeType><Id>x</Id>"),
    ],
)
def test_what_breaks_the_contract_is_malformed(xml):
    with pytest.raises(EventMalformed):
        parse_event(xml)


@settings(max_examples=300, deadline=None)
@given(
    position=st.integers(min_value=0, max_value=400),
    length=st.integers(min_value=0, max_value=30),
    insert=st.binary(max_size=8),
)
def test_a_mutated_event_parses_or_is_malformed(position, length, insert):
    xml = _event("template_card_event", CARD_XML + SELECTED_XML)
    try:
        parse_event(xml[:position] + insert + xml[position + length :])
    except EventMalformed:
        return
