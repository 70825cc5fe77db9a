"""The gateway against the local WeCom: tokens, rights, paging and errors agree."""

import pytest

from sandbox.testing import SandboxThread
from wecom import errors
from wecom.api import checks, contact_ways, contacts, customers, groups, jssdk, messages, tags
from wecom.client import client_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def box():
    with SandboxThread() as running:
        yield running


@pytest.fixture
def client(app, box, settings):
    settings.WECOM_API_BASE_URL = box.url
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    return client_for(app)


def test_the_self_test_passes(client):
    assert [step.error for step in checks.check_app(client)] == [None] * 4


def test_departments_and_members(client):
    departments = contacts.department_list(client)
    assert 1 in {department.id for department in departments}
    found = {
        member.userid
        for department in departments
        for member in contacts.user_list(client, department_id=department.id)
    }
    assert "zhangsan" in found
    assert contacts.user_get(client, userid="zhangsan").userid == "zhangsan"
    with pytest.raises(errors.StaffUnreachable):
        contacts.user_get(client, userid="nobody")


def test_customers_by_list_by_batch_and_one_by_one_agree(client):
    userids = customers.follow_user_list(client)
    by_list = {
        (userid, external)
        for userid in userids
        for external in customers.customer_list(client, userid=userid)
    }
    by_batch = {
        (row.follow.userid, row.contact.external_userid)
        for page in customers.customers_batch_get_by_user(client, userids=userids)
        for row in page.rows
    }
    assert by_batch == by_list
    for external in sorted({external for _, external in by_list})[:5]:
        customer = customers.customer_get(client, external_userid=external)
        followers = {follow.userid for follow in customer.follow_users}
        assert followers == {userid for userid, other in by_list if other == external}
    with pytest.raises(errors.CustomerUnreachable):
        customers.customer_get(client, external_userid="wmNobody")


def test_tags_are_made_marked_and_deleted(client):
    group = tags.corp_tag_add(client, names=["高意向"], group_name="网关测试")
    tag = group.tags[0]
    userid = customers.follow_user_list(client)[0]
    external = customers.customer_list(client, userid=userid)[0]
    tags.mark_tag(client, userid=userid, external_userid=external, add_tag_ids=[tag.id])
    customer = customers.customer_get(client, external_userid=external)
    follow = next(one for one in customer.follow_users if one.userid == userid)
    assert tag.id in {mark.tag_id for mark in follow.tags}
    tags.corp_tag_del(client, tag_ids=[tag.id])
    assert group.group_id not in {one.group_id for one in tags.corp_tag_list(client)}


def test_a_contact_way_lives_and_dies(client):
    way = contact_ways.add_contact_way(client, userids=["zhangsan", "lisi"], state="GW01")
    assert way.qr_code
    assert way.config_id in set(contact_ways.list_contact_way(client))
    contact_ways.update_contact_way(client, config_id=way.config_id, userids=["zhangsan"])
    read = contact_ways.get_contact_way(client, config_id=way.config_id)
    assert (read.state, read.user) == ("GW01", ("zhangsan",))
    contact_ways.del_contact_way(client, config_id=way.config_id)
    with pytest.raises(errors.WeComError):
        contact_ways.get_contact_way(client, config_id=way.config_id)


def test_groups_have_versions(client):
    for ref in groups.groupchat_list(client):
        group = groups.groupchat_get(client, chat_id=ref.chat_id)
        assert group.member_version
        assert group.members


def test_messages_and_tickets(client):
    assert messages.send_text(client, userids=["zhangsan"], content="您好").msgid
    with pytest.raises(errors.StaffUnreachable):
        messages.send_text(client, userids=["nobody"], content="您好")
    assert jssdk.agent_ticket(client).value != jssdk.corp_ticket(client).value
