"""Reading endpoints ask as the contract says and return typed answers."""

from datetime import UTC, datetime

import pytest

from wecom import errors
from wecom.api import checks, contacts, customers, groups, statistics, tags

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 1767225600
CUSTOMER = "wmTESTexternal000000000000000001"


def test_departments(client, fake):
    fake.answers["department/list"] = [
        {
            "department": [
                {"id": 2, "name": "华东", "parentid": 1, "order": 9, "department_leader": ["lisi"]}
            ]
        }
    ]
    assert contacts.department_list(client, department_id=2) == (
        contacts.Department(id=2, name="华东", parent_id=1, order=9, leader_userids=("lisi",)),
    )
    assert fake.calls("department/list")[0].query["id"] == "2"


def test_all_departments_are_asked_for_without_an_id(client, fake):
    assert contacts.department_list(client) == ()
    assert "id" not in fake.calls("department/list")[0].query


MEMBER = {
    "errcode": 0,
    "userid": "zhangsan",
    "name": "张三",
    "department": [2],
    "position": "导购",
    "is_leader_in_dept": [0],
    "direct_leader": ["lisi"],
    "status": 1,
    "main_department": 2,
    "extattr": {"attrs": []},
    "brand_new_field": {"x": 1},
}


def test_a_member(client, fake):
    fake.answers["user/get"] = [MEMBER]
    member = contacts.user_get(client, userid="zhangsan")
    assert member == contacts.Member(
        userid="zhangsan",
        name="张三",
        department_ids=(2,),
        main_department_id=2,
        position="导购",
        leads=(0,),
        direct_leader=("lisi",),
        status=1,
    )


def test_members_of_a_department(client, fake):
    fake.answers["user/list"] = [{"userlist": [MEMBER, {"userid": "lisi"}]}]
    members = contacts.user_list(client, department_id=2, with_children=True)
    assert [member.userid for member in members] == ["zhangsan", "lisi"]
    query = fake.calls("user/list")[0].query
    assert (query["department_id"], query["fetch_child"]) == ("2", "1")


def test_follow_users(client, fake):
    fake.answers["externalcontact/get_follow_user_list"] = [{"follow_user": ["zhangsan", "lisi"]}]
    assert customers.follow_user_list(client) == ("zhangsan", "lisi")


def test_a_members_customers(client, fake):
    fake.answers["externalcontact/list"] = [
        {"external_userid": [CUSTOMER]},
        {"errcode": 84061, "errmsg": "none"},
        {"errcode": 40096, "errmsg": "x"},
    ]
    assert customers.customer_list(client, userid="zhangsan") == (CUSTOMER,)
    assert customers.customer_list(client, userid="lisi") == ()
    with pytest.raises(errors.CustomerUnreachable):
        customers.customer_list(client, userid="wangwu")


def _follow(userid):
    return {
        "userid": userid,
        "remark": "林女士-A01",
        "createtime": SECONDS,
        "tags": [{"group_name": "等级", "tag_name": "VIP", "tag_id": "et1", "type": 1}],
        "remark_mobiles": ["13900000001"],
        "add_way": 10,
        "wechat_channels": {"nickname": "示例", "source": 1},
        "oper_userid": CUSTOMER,
        "state": "A01",
    }


def test_a_customer_over_two_pages(client, fake):
    contact = {"external_userid": CUSTOMER, "name": "小林", "type": 1, "unionid": "oz1"}
    fake.answers["externalcontact/get"] = [
        {"external_contact": contact, "follow_user": [_follow("zhangsan")], "next_cursor": "C2"},
        {"external_contact": contact, "follow_user": [_follow("lisi")], "next_cursor": ""},
    ]
    customer = customers.customer_get(client, external_userid=CUSTOMER)
    assert customer.contact.name == "小林"
    assert customer.contact.unionid == "oz1"
    assert [follow.userid for follow in customer.follow_users] == ["zhangsan", "lisi"]
    assert customer.follow_users[0] == customers.FollowUser(
        userid="zhangsan",
        remark="林女士-A01",
        added_at=AT,
        tags=(customers.FollowTag(tag_id="et1", tag_name="VIP", group_name="等级", type=1),),
        remark_mobiles=("13900000001",),
        add_way=10,
        oper_userid=CUSTOMER,
        state="A01",
    )
    first, second = fake.calls("externalcontact/get")
    assert first.query["external_userid"] == CUSTOMER
    assert "cursor" not in first.query
    assert second.query["cursor"] == "C2"


def test_batches_of_customers_with_a_short_page(client, fake):
    row = {
        "external_contact": {"external_userid": CUSTOMER, "name": "小林"},
        "follow_info": {"userid": "zhangsan", "tag_id": ["et1"], "createtime": SECONDS},
    }
    fake.answers["externalcontact/batch/get_by_user"] = [
        {"external_contact_list": [row], "next_cursor": "C2"},
        {"external_contact_list": [], "next_cursor": "C3"},
        {"external_contact_list": [row]},
    ]
    pages = list(customers.customers_batch_get_by_user(client, userids=["zhangsan"], cursor="C1"))
    assert [(len(page.rows), page.next_cursor) for page in pages] == [(1, "C2"), (0, "C3"), (1, "")]
    assert pages[0].rows[0].follow == customers.FollowInfo(
        userid="zhangsan", tag_ids=("et1",), added_at=AT
    )
    bodies = [asked.json for asked in fake.calls("externalcontact/batch/get_by_user")]
    assert bodies == [
        {"userid_list": ["zhangsan"], "limit": 100, "cursor": cursor}
        for cursor in ("C1", "C2", "C3")
    ]


def test_a_cursor_that_does_not_move_is_an_error(client, fake):
    fake.answers["externalcontact/batch/get_by_user"] = [{"next_cursor": "C1"}]
    with pytest.raises(errors.Ambiguous, match="cursor"):
        list(customers.customers_batch_get_by_user(client, userids=["zhangsan"]))


def test_corp_tags(client, fake):
    fake.answers["externalcontact/get_corp_tag_list"] = [
        {
            "tag_group": [
                {
                    "group_id": "etG",
                    "group_name": "等级",
                    "create_time": SECONDS,
                    "order": 4294967295,
                    "tag": [{"id": "et1", "name": "VIP", "order": 2, "deleted": True}],
                }
            ]
        }
    ]
    assert tags.corp_tag_list(client, tag_ids=["et1"], group_ids=["etG"]) == (
        tags.CorpTagGroup(
            group_id="etG",
            group_name="等级",
            created_at=AT,
            order=4294967295,
            tags=(tags.CorpTag(id="et1", name="VIP", order=2, is_deleted=True),),
        ),
    )
    body = fake.calls("externalcontact/get_corp_tag_list")[0].json
    assert body == {"tag_id": ["et1"], "group_id": ["etG"]}


def test_groups(client, fake):
    fake.answers["externalcontact/groupchat/list"] = [
        {"group_chat_list": [{"chat_id": "wr1", "status": 0}], "next_cursor": "C2"},
        {"group_chat_list": [{"chat_id": "wr2", "status": 3}]},
    ]
    refs = list(groups.groupchat_list(client, owner_userids=["zhangsan"]))
    assert refs == [groups.GroupRef(chat_id="wr1"), groups.GroupRef(chat_id="wr2", status=3)]
    assert fake.calls("externalcontact/groupchat/list")[0].json == {
        "status_filter": 0,
        "owner_filter": {"userid_list": ["zhangsan"]},
        "cursor": "",
        "limit": 1000,
    }


def test_a_group(client, fake):
    fake.answers["externalcontact/groupchat/get"] = [
        {
            "group_chat": {
                "chat_id": "wr1",
                "name": "福利群",
                "owner": "zhangsan",
                "create_time": SECONDS,
                "member_list": [
                    {"userid": "zhangsan", "type": 1, "invitor": {"userid": "lisi"}},
                    {"userid": CUSTOMER, "type": 2, "join_time": SECONDS, "join_scene": 3},
                ],
                "admin_list": [{"userid": "lisi"}],
                "member_version": "mv-0001",
            }
        }
    ]
    group = groups.groupchat_get(client, chat_id="wr1")
    assert (group.name, group.owner, group.member_version) == ("福利群", "zhangsan", "mv-0001")
    assert group.created_at == AT
    assert group.members[0].invitor.userid == "lisi"
    assert group.members[1] == groups.GroupMember(
        userid=CUSTOMER, type=2, joined_at=AT, join_scene=3
    )
    assert group.admins == (groups.GroupAdmin(userid="lisi"),)
    body = fake.calls("externalcontact/groupchat/get")[0].json
    assert body == {"chat_id": "wr1", "need_name": 1}


def test_behavior_data(client, fake):
    fake.answers["externalcontact/get_user_behavior_data"] = [
        {"behavior_data": [{"stat_time": SECONDS, "chat_cnt": 20, "reply_percentage": 62.5}]}
    ]
    (day,) = statistics.user_behavior_data(client, begin_at=AT, end_at=AT, userids=["zhangsan"])
    assert day == statistics.BehaviorDay(day_at=AT, chat_count=20, reply_percentage=62.5)
    assert fake.calls("externalcontact/get_user_behavior_data")[0].json == {
        "userid": ["zhangsan"],
        "start_time": SECONDS,
        "end_time": SECONDS,
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"userlist": {"userid": "x"}},
        {"userlist": ["x"]},
        {"userlist": [{"name": "no id"}]},
        {"userlist": [{"userid": "x", "department": "2"}]},
        {"userlist": [{"userid": "x", "department": [{}]}]},
        {"userlist": [{"userid": {}}]},
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(client, fake, answer):
    fake.answers["user/list"] = [answer]
    with pytest.raises(errors.Ambiguous):
        contacts.user_list(client, department_id=1)


def test_the_self_test_tries_each_step(client, fake):
    fake.answers["department/list"] = [{"department": [{"id": 1}, {"id": 2}]}]
    fake.answers["externalcontact/get_follow_user_list"] = [{"errcode": 84074, "errmsg": "no"}]
    fake.answers["ticket/get"] = [{"ticket": "TICKET", "expires_in": 7200}]
    steps = checks.check_app(client)
    assert [(step.name, step.is_ok, step.found_count) for step in steps] == [
        ("gettoken", True, 7200),
        ("department/list", True, 2),
        ("externalcontact/get_follow_user_list", False, 0),
        ("ticket/get", True, 6),
    ]
    assert (steps[2].error.errcode, steps[2].error.message) == (84074, "no")


def test_without_a_good_secret_nothing_else_is_tried(client, fake):
    client.access_token()
    fake.answers["gettoken"] = [{"errcode": 40001, "errmsg": "invalid credential"}]
    steps = checks.check_app(client)
    assert [(step.name, step.error.errcode) for step in steps] == [("gettoken", 40001)]
    assert {request.api for request in fake.asked} == {"gettoken"}


def test_a_secret_that_only_receives_is_only_tried_itself(client, fake):
    assert [step.name for step in checks.check_app(client, purpose="contacts")] == ["gettoken"]
