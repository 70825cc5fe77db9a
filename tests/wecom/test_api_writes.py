"""Writing endpoints send exactly what the contract asks for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wecom import errors
from wecom.api import contact_ways, customers, mass, media, messages, tags, welcome
from wecom.api.attachments import File, Image, Link, MiniProgram, Video

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 1767225600
PAIR = {"userid": "zhangsan", "external_userid": "wm1"}
DUPLICATE_CHECK = {"enable_duplicate_check": 1, "duplicate_check_interval": 1800}


def _sent(fake, api):
    (asked,) = fake.calls(api)
    return asked.json


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"remark": "林女士"}, {"remark": "林女士"}),
        ({"remark": "", "description": "咖啡"}, {"remark": "", "description": "咖啡"}),
        ({"remark_mobiles": ["139"]}, {"remark_mobiles": ["139"]}),
        ({"remark_mobiles": []}, {"remark_mobiles": [""]}),
    ],
)
def test_remark(client, fake, changes, body):
    customers.remark(client, **PAIR, **changes)
    assert _sent(fake, "externalcontact/remark") == PAIR | body


def test_mark_tag(client, fake):
    tags.mark_tag(client, **PAIR, add_tag_ids=["et1"])
    body = PAIR | {"add_tag": ["et1"], "remove_tag": []}
    assert _sent(fake, "externalcontact/mark_tag") == body


def test_corp_tags_are_added_edited_and_deleted(client, fake):
    fake.answers["externalcontact/add_corp_tag"] = [
        {"tag_group": {"group_id": "etG", "group_name": "等级", "tag": [{"id": "1", "name": "V"}]}}
    ]
    group = tags.corp_tag_add(client, names=["V"], group_name="等级")
    assert group.tags[0] == tags.CorpTag(id="1", name="V")
    assert _sent(fake, "externalcontact/add_corp_tag") == {
        "group_name": "等级",
        "tag": [{"name": "V"}],
    }
    tags.corp_tag_edit(client, id="1", name="VIP", order=0)
    assert _sent(fake, "externalcontact/edit_corp_tag") == {"id": "1", "name": "VIP", "order": 0}
    tags.corp_tag_del(client, tag_ids=["1"])
    assert _sent(fake, "externalcontact/del_corp_tag") == {"tag_id": ["1"], "group_id": []}


def test_a_contact_way_for_one_member_is_single(client, fake):
    fake.answers["externalcontact/add_contact_way"] = [{"config_id": "c1", "qr_code": "https://q"}]
    way = contact_ways.add_contact_way(client, userids=["zhangsan"], state="A01", remark="门店")
    assert way == contact_ways.NewContactWay(config_id="c1", qr_code="https://q")
    assert _sent(fake, "externalcontact/add_contact_way") == {
        "type": 1,
        "scene": 2,
        "remark": "门店",
        "skip_verify": True,
        "state": "A01",
        "user": ["zhangsan"],
        "is_exclusive": False,
    }


@pytest.mark.parametrize(
    ("userids", "departments"), [(["zhangsan", "lisi"], []), (["zhangsan"], [2]), ([], [2])]
)
def test_a_contact_way_for_several_is_not_single(client, fake, userids, departments):
    fake.answers["externalcontact/add_contact_way"] = [{"config_id": "c1"}]
    contact_ways.add_contact_way(client, userids=userids, department_ids=departments)
    body = _sent(fake, "externalcontact/add_contact_way")
    assert (body["type"], body["user"], body.get("party", [])) == (2, userids, departments)


def test_contact_ways_are_read_listed_changed_and_deleted(client, fake):
    fake.answers["externalcontact/get_contact_way"] = [
        {"contact_way": {"config_id": "c1", "type": 2, "state": "A01", "user": ["a"], "party": [2]}}
    ]
    way = contact_ways.get_contact_way(client, config_id="c1")
    assert (way.state, way.user, way.party) == ("A01", ("a",), (2,))
    fake.answers["externalcontact/list_contact_way"] = [
        {"contact_way": [{"config_id": "c1"}], "next_cursor": "C2"},
        {"contact_way": [{"config_id": "c2"}]},
    ]
    assert list(contact_ways.list_contact_way(client, created_from=AT)) == ["c1", "c2"]
    first = fake.calls("externalcontact/list_contact_way")[0].json
    assert first == {"limit": 1000, "start_time": SECONDS, "cursor": ""}
    contact_ways.update_contact_way(client, config_id="c1", userids=["b"], skip_verify=False)
    assert _sent(fake, "externalcontact/update_contact_way") == {
        "config_id": "c1",
        "user": ["b"],
        "skip_verify": False,
    }
    contact_ways.del_contact_way(client, config_id="c1")
    assert _sent(fake, "externalcontact/del_contact_way") == {"config_id": "c1"}


def test_a_welcome_with_every_kind_of_attachment(client, fake):
    welcome.send_welcome_msg(
        client,
        welcome_code="W1",
        text="您好",
        attachments=[
            Image(media_id="M"),
            Image(pic_url="https://p"),
            Link(title="会员中心", url="https://u", picurl="https://p", desc="领券"),
            MiniProgram(title="商城", pic_media_id="M", appid="wx1", page="/i.html"),
            Video(media_id="V"),
            File(media_id="F"),
        ],
    )
    mini = {"title": "商城", "pic_media_id": "M", "appid": "wx1", "page": "/i.html"}
    link = {"title": "会员中心", "url": "https://u", "picurl": "https://p", "desc": "领券"}
    assert _sent(fake, "externalcontact/send_welcome_msg") == {
        "welcome_code": "W1",
        "text": {"content": "您好"},
        "attachments": [
            {"msgtype": "image", "image": {"media_id": "M"}},
            {"msgtype": "image", "image": {"pic_url": "https://p"}},
            {"msgtype": "link", "link": link},
            {"msgtype": "miniprogram", "miniprogram": mini},
            {"msgtype": "video", "video": {"media_id": "V"}},
            {"msgtype": "file", "file": {"media_id": "F"}},
        ],
    }


def test_a_mass_message(client, fake):
    fake.answers["externalcontact/add_msg_template"] = [{"msgid": "m1", "fail_list": ["wm9"]}]
    created = mass.add_msg_template(
        client, sender="zhangsan", external_userids=["wm1", "wm9"], text="周末会员日"
    )
    assert created == mass.NewMassMessage(msgid="m1", unreachable_ids=("wm9",))
    assert _sent(fake, "externalcontact/add_msg_template") == {
        "chat_type": "single",
        "text": {"content": "周末会员日"},
        "sender": "zhangsan",
        "external_userid": ["wm1", "wm9"],
    }


def test_a_mass_message_to_groups(client, fake):
    fake.answers["externalcontact/add_msg_template"] = [{"msgid": "m1"}]
    mass.add_msg_template(client, chat_type="group", sender="a", chat_ids=["wr1"], text="x")
    body = _sent(fake, "externalcontact/add_msg_template")
    assert (body["chat_type"], body["chat_id_list"]) == ("group", ["wr1"])


def test_what_became_of_mass_messages(client, fake):
    fake.answers["externalcontact/get_groupmsg_list_v2"] = [
        {"group_msg_list": [{"msgid": "m1", "create_time": SECONDS, "text": {"content": "x"}}]}
    ]
    (message,) = mass.get_groupmsg_list_v2(client, created_from=AT, created_to=AT)
    assert (message.msgid, message.created_at, message.text.content) == ("m1", AT, "x")
    assert _sent(fake, "externalcontact/get_groupmsg_list_v2") == {
        "chat_type": "single",
        "start_time": SECONDS,
        "end_time": SECONDS,
        "filter_type": 0,
        "limit": 100,
        "cursor": "",
    }
    fake.answers["externalcontact/get_groupmsg_task"] = [
        {"task_list": [{"userid": "a", "status": 2, "send_time": SECONDS}]}
    ]
    assert list(mass.get_groupmsg_task(client, msgid="m1")) == [
        mass.MassTask(userid="a", status=2, sent_at=AT)
    ]
    fake.answers["externalcontact/get_groupmsg_send_result"] = [
        {"send_list": [{"external_userid": "wm1", "userid": "a", "status": 3}]}
    ]
    assert list(mass.get_groupmsg_send_result(client, msgid="m1", userid="a")) == [
        mass.MassResult(userid="a", status=3, external_userid="wm1")
    ]
    mass.remind_groupmsg_send(client, msgid="m1")
    assert _sent(fake, "externalcontact/remind_groupmsg_send") == {"msgid": "m1"}
    mass.cancel_groupmsg_send(client, msgid="m1")
    assert _sent(fake, "externalcontact/cancel_groupmsg_send") == {"msgid": "m1"}


def test_texts_to_members_are_sent_with_the_duplicate_check(client, fake):
    fake.answers["message/send"] = [{"msgid": "M", "invaliduser": "wangwu|Lisi"}]
    sent = messages.send_text(client, userids=["zhangsan", "lisi", "wangwu"], content="您好")
    assert sent.msgid == "M"
    assert sent.invalid_userids == {"wangwu", "lisi"}
    assert _sent(fake, "message/send") == DUPLICATE_CHECK | {
        "touser": "zhangsan|lisi|wangwu",
        "msgtype": "text",
        "agentid": 1000002,
        "text": {"content": "您好"},
    }


def test_text_cards(client, fake):
    messages.send_text_card(client, userids=["a"], title="t", description="d", url="https://u")
    assert _sent(fake, "message/send") == DUPLICATE_CHECK | {
        "touser": "a",
        "msgtype": "textcard",
        "agentid": 1000002,
        "textcard": {"title": "t", "description": "d", "url": "https://u", "btntxt": "详情"},
    }


def test_template_cards_are_sent_and_updated(client, fake):
    fake.answers["message/send"] = [{"msgid": "M", "response_code": "RC"}]
    card = {"card_type": "button_interaction", "task_id": "t-1"}
    sent = messages.send_template_card(client, userids=["a"], card=card)
    assert sent.response_code == "RC"
    assert sent.invalid_userids == frozenset()
    assert _sent(fake, "message/send")["template_card"] == card
    fake.answers["message/update_template_card"] = [{"invaliduser": ["a"]}]
    missed = messages.update_template_card(
        client, response_code="RC", userids=["a"], button_text="已处理"
    )
    assert missed == ("a",)
    assert _sent(fake, "message/update_template_card") == {
        "userids": ["a"],
        "agentid": 1000002,
        "response_code": "RC",
        "button": {"replace_name": "已处理"},
    }


def test_messages_need_an_agent(client, fake):
    with pytest.raises(errors.Misconfigured):
        messages.send_text(replace(client, agent_id=None), userids=["a"], content="x")
    assert fake.asked == []


def test_uploads_are_multipart_forms(client, fake):
    fake.answers["media/upload"] = [{"type": "image", "media_id": "M", "created_at": str(SECONDS)}]
    uploaded = media.media_upload(
        client, media_type="image", filename="图.png", data=b"\x89PNG..", content_type="image/png"
    )
    assert (uploaded.media_id, uploaded.created_at) == ("M", AT)
    assert uploaded.use_until == datetime(2026, 1, 3, 18, tzinfo=UTC)
    (asked,) = fake.calls("media/upload")
    assert asked.query["type"] == "image"
    assert asked.content_type.startswith("multipart/form-data")
    assert b'name="media"' in asked.body
    assert b"\x89PNG.." in asked.body
    fake.answers["media/uploadimg"] = [{"url": "https://p.qpic.example/1"}]
    url = media.upload_image(client, filename="a.png", data=b"12345", content_type="image/png")
    assert url == "https://p.qpic.example/1"
