"""Every event of the contract becomes its own typed value; unknown ones are kept."""

from datetime import UTC, datetime

import pytest

from tests.wecom.keys import CORP_ID, event_xml
from wecom import events
from wecom.events import parse_event

AT = datetime(2026, 1, 1, tzinfo=UTC)
CUSTOMER = "wmTESTexternal000000000000000001"
GROUP = "wrTESTgroup0000000000000000000001"
TAG = "etTESTtag0000000000000000000001"
COMMON = {"corp_id": CORP_ID, "from_user": "sys", "occurred_at": AT}
PAIR = {"userid": "zhangsan", "external_userid": CUSTOMER}


def _event(event: str, change: str = "", rest: str = "") -> bytes:
    change_type = f"<ChangeType><![CDATA[{change}]]></ChangeType>" if change else ""
    return event_xml(f"<Event><![CDATA[{event}]]></Event>{change_type}{rest}")


def _customer(change: str, rest: str = "") -> bytes:
    return _event(
        "change_external_contact",
        change,
        f"<UserID><![CDATA[zhangsan]]></UserID>"
        f"<ExternalUserID><![CDATA[{CUSTOMER}]]></ExternalUserID>{rest}",
    )


def _group(change: str, rest: str = "") -> bytes:
    return _event("change_external_chat", change, f"<ChatId><![CDATA[{GROUP}]]></ChatId>{rest}")


def _tag(change: str, rest: str = "") -> bytes:
    return _event(
        "change_external_tag",
        change,
        f"<Id><![CDATA[{TAG}]]></Id><TagType><![CDATA[tag]]></TagType>{rest}",
    )


def _members(*ids: str) -> str:
    items = "".join(f"<Item><![CDATA[{member}]]></Item>" for member in ids)
    return f"<MemChangeCnt>{len(ids)}</MemChangeCnt><MemChangeList>{items}</MemChangeList>"


CODE = "<State><![CDATA[A01]]></State><WelcomeCode><![CDATA[WELCOMECODE0001]]></WelcomeCode>"
VERSIONS = "<LastMemVer>mv-0001</LastMemVer><CurMemVer>mv-0002</CurMemVer>"
NO_DETAIL = {
    "update_detail": "",
    "join_scene": None,
    "quit_scene": None,
    "changed_count": None,
    "changed_members": (),
    "last_member_version": "",
    "member_version": "",
}
ANY_TAG = {"tag_id": TAG, "tag_type": "tag", "strategy_id": None}

EXAMPLES: list[tuple[bytes, events.Event]] = [
    (
        _customer("add_external_contact", CODE),
        events.CustomerAdded(**COMMON, **PAIR, state="A01", welcome_code="WELCOMECODE0001"),
    ),
    (
        _customer("add_external_contact"),
        events.CustomerAdded(**COMMON, **PAIR, state="", welcome_code=""),
    ),
    (
        _customer("add_half_external_contact", CODE),
        events.CustomerHalfAdded(**COMMON, **PAIR, state="A01", welcome_code="WELCOMECODE0001"),
    ),
    (_customer("edit_external_contact"), events.CustomerEdited(**COMMON, **PAIR)),
    (
        _customer("del_external_contact", "<Source><![CDATA[DELETE_BY_TRANSFER]]></Source>"),
        events.CustomerDeleted(**COMMON, **PAIR, source="DELETE_BY_TRANSFER"),
    ),
    (_customer("del_follow_user"), events.MemberDeletedByCustomer(**COMMON, **PAIR, source="")),
    (
        _customer("transfer_fail", "<FailReason><![CDATA[customer_refused]]></FailReason>"),
        events.TransferFailed(**COMMON, **PAIR, fail_reason="customer_refused"),
    ),
    (
        _customer("msg_audit_approved", "<WelcomeCode><![CDATA[W3]]></WelcomeCode>"),
        events.ArchiveAgreed(**COMMON, **PAIR, welcome_code="W3"),
    ),
    (_group("create"), events.GroupCreated(**COMMON, chat_id=GROUP)),
    (
        _group(
            "update",
            "<UpdateDetail><![CDATA[add_member]]></UpdateDetail><JoinScene>3</JoinScene>"
            + _members(CUSTOMER, "wm2")
            + VERSIONS,
        ),
        events.GroupUpdated(
            **COMMON,
            chat_id=GROUP,
            update_detail="add_member",
            join_scene=3,
            quit_scene=None,
            changed_count=2,
            changed_members=(CUSTOMER, "wm2"),
            last_member_version="mv-0001",
            member_version="mv-0002",
        ),
    ),
    (
        _group(
            "update",
            "<UpdateDetail><![CDATA[del_member]]></UpdateDetail><QuitScene>0</QuitScene>"
            + _members("wm2"),
        ),
        events.GroupUpdated(
            **COMMON,
            **NO_DETAIL
            | {
                "chat_id": GROUP,
                "update_detail": "del_member",
                "quit_scene": 0,
                "changed_count": 1,
                "changed_members": ("wm2",),
            },
        ),
    ),
    (_group("update"), events.GroupUpdated(**COMMON, chat_id=GROUP, **NO_DETAIL)),
    (_group("dismiss"), events.GroupDismissed(**COMMON, chat_id=GROUP)),
    (
        _tag("create", "<StrategyId>1</StrategyId>"),
        events.TagCreated(**COMMON, **ANY_TAG | {"strategy_id": 1}),
    ),
    (_tag("update"), events.TagUpdated(**COMMON, **ANY_TAG)),
    (_tag("delete"), events.TagDeleted(**COMMON, **ANY_TAG)),
    (_tag("shuffle"), events.TagsShuffled(**COMMON, **ANY_TAG)),
    (
        _event(
            "change_contact",
            "create_user",
            "<UserID><![CDATA[wangwu]]></UserID><Department><![CDATA[2,3]]></Department>",
        ),
        events.MemberCreated(**COMMON, userid="wangwu", department_ids=(2, 3)),
    ),
    (
        _event(
            "change_contact",
            "update_user",
            "<UserID><![CDATA[wangwu]]></UserID><NewUserID><![CDATA[wangwu01]]></NewUserID>",
        ),
        events.MemberUpdated(**COMMON, userid="wangwu", new_userid="wangwu01", department_ids=()),
    ),
    (
        _event("change_contact", "delete_user", "<UserID><![CDATA[wangwu01]]></UserID>"),
        events.MemberDeleted(**COMMON, userid="wangwu01"),
    ),
    (
        _event(
            "change_contact",
            "create_party",
            "<Id>4</Id><Name><![CDATA[华东二区]]></Name><ParentId><![CDATA[2]]></ParentId>"
            "<Order>1</Order>",
        ),
        events.DepartmentCreated(**COMMON, department_id=4, name="华东二区", parent_id=2, order=1),
    ),
    (
        _event("change_contact", "update_party", "<Id>4</Id><ParentId>1</ParentId>"),
        events.DepartmentUpdated(**COMMON, department_id=4, name="", parent_id=1),
    ),
    (
        _event("change_contact", "delete_party", "<Id>4</Id>"),
        events.DepartmentDeleted(**COMMON, department_id=4),
    ),
    (
        _event(
            "change_contact",
            "update_tag",
            "<TagId>1</TagId><AddUserItems><![CDATA[zhangsan,lisi]]></AddUserItems>"
            "<DelUserItems><![CDATA[wangwu]]></DelUserItems>"
            "<AddPartyItems><![CDATA[2]]></AddPartyItems><DelPartyItems>3</DelPartyItems>",
        ),
        events.MemberTagUpdated(
            **COMMON,
            tag_id=1,
            added_userids=("zhangsan", "lisi"),
            removed_userids=("wangwu",),
            added_department_ids=(2,),
            removed_department_ids=(3,),
        ),
    ),
]


@pytest.mark.parametrize(
    ("xml", "event"), EXAMPLES, ids=[f"{n}-{event.kind}" for n, (_, event) in enumerate(EXAMPLES)]
)
def test_an_example_becomes_its_event(xml, event):
    assert parse_event(xml) == event


@pytest.mark.parametrize(
    ("xml", "subject"),
    [
        (_customer("edit_external_contact"), CUSTOMER),
        (_group("create"), GROUP),
        (_event("change_contact", "delete_user", "<UserID>wangwu</UserID>"), "wangwu"),
        (_tag("create"), ""),
        (_event("msgaudit_notify"), ""),
    ],
)
def test_the_subject_says_whose_events_stay_in_order(xml, subject):
    assert parse_event(xml).subject_id == subject
