"""Reading the present state from WeCom into our own terms (读取现状), outside transactions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from customers.services.facts import Answer, ContactFact, RelationFact
from customers.services.groups import GroupFact, GroupGone, MemberFact
from customers.services.tags import TagFact, save_tag_library
from org.services.staff import DepartmentFact, StaffFact, save_contacts
from wecom.api import contacts as contacts_api
from wecom.api import customers as customers_api
from wecom.api import groups as groups_api
from wecom.api import tags as tags_api
from wecom.client import Client
from wecom.errors import (
    AnswerTooLarge,
    CustomerUnreachable,
    ItemRefused,
    Misconfigured,
    StaffUnreachable,
)
from wecom.models import Corp

ROOT_DEPARTMENT: Final = 1
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
CORP_TAG: Final = 1
# wecom-api §9.2: not a customer group. Other refusals say nothing of whether it still exists.
NO_GROUP_ERRCODES: Final = frozenset({90501, 90509})
# The member may not have customers (any more): for a single member that is no fault of settings.
NO_SELLER_ERRCODE: Final = 84074


def read_customer(client: Client, external_userid: str) -> Answer:
    """Read one customer with every relation in range; none left is an empty answer."""
    alone = frozenset({external_userid})
    try:
        customer = customers_api.customer_get(client, external_userid=external_userid)
    except CustomerUnreachable:
        return Answer(contacts=(), relations=(), complete_for=alone)
    relations = tuple(
        _relation(
            external_userid,
            follow,
            tuple(tag.tag_id for tag in follow.tags if tag.type == CORP_TAG),
        )
        for follow in customer.follow_users
    )
    return Answer((_contact(customer.contact),), relations, alone)


def read_customers_of(client: Client, *, userid: str, cursor: str) -> tuple[Answer, str]:
    """Read one page of a member's customers; returns it with the next cursor ('' = the end).

    Raises:
        StaffUnreachable: the member has left, is out of range, or may not have customers.
    """
    pages = customers_api.customers_batch_get_by_user(client, userids=[userid], cursor=cursor)
    try:
        page = next(pages)
    except CustomerUnreachable:
        return Answer((), ()), ""
    except Misconfigured as error:
        if error.errcode != NO_SELLER_ERRCODE:
            raise
        raise StaffUnreachable(error.message, errcode=error.errcode, api=error.api) from error
    relations = tuple(
        _relation(row.contact.external_userid, row.follow, row.follow.tag_ids) for row in page.rows
    )
    people = {row.contact.external_userid: _contact(row.contact) for row in page.rows}
    return Answer(tuple(people.values()), relations), page.next_cursor


def read_group(client: Client, chat_id: str) -> GroupFact:
    """Read one customer group with its members.

    Raises:
        GroupGone: it was dismissed, or is no customer group.
        ItemRefused: it may exist, but we may not read it.
    """
    try:
        group = groups_api.groupchat_get(client, chat_id=chat_id)
    except ItemRefused as error:
        if error.errcode in NO_GROUP_ERRCODES:
            raise GroupGone(chat_id) from error
        raise
    return GroupFact(
        chat_id=group.chat_id,
        name=group.name,
        notice=group.notice,
        owner_userid=group.owner,
        created_at=group.created_at,
        member_version=group.member_version,
        members=tuple(
            MemberFact(
                member_userid=member.userid,
                is_staff=member.type == 1,
                joined_at=member.joined_at or LONG_AGO,
                join_scene=member.join_scene,
                state=member.state,
                inviter_userid=member.invitor.userid,
            )
            for member in group.members
        ),
    )


def read_tags_into(client: Client, *, corp: Corp) -> int:
    """Read the whole tag library and take it over; returns how many tags it has."""
    facts = [
        TagFact(group.group_id, group.group_name, group.order, tag.id, tag.name, tag.order)
        for group in tags_api.corp_tag_list(client)
        if not group.is_deleted
        for tag in group.tags
        if not tag.is_deleted
    ]
    save_tag_library(corp_pk=corp.pk, tags=facts)
    return len(facts)


def read_contacts_into(client: Client, *, corp: Corp, now: datetime) -> list[str]:
    """Read departments and members and take them over; returns who may have customers."""
    departments = contacts_api.department_list(client)
    members = {member.userid: member for member in _members(client, departments)}
    followers = list(customers_api.follow_user_list(client))
    save_contacts(
        corp=corp,
        departments=[
            DepartmentFact(item.id, item.name, item.parent_id, item.order) for item in departments
        ],
        staff=[_staff(member) for member in members.values()],
        follow_userids=followers,
        now=now,
    )
    return followers


def _members(
    client: Client, departments: Iterable[contacts_api.Department]
) -> list[contacts_api.Member]:
    try:
        return list(
            contacts_api.user_list(client, department_id=ROOT_DEPARTMENT, with_children=True)
        )
    except AnswerTooLarge:
        return [
            member
            for department in departments
            for member in contacts_api.user_list(client, department_id=department.id)
        ]


def _staff(member: contacts_api.Member) -> StaffFact:
    leads = (*member.leads, *([0] * len(member.department_ids)))
    return StaffFact(
        userid=member.userid,
        name=member.name,
        job_title=member.position,
        status=member.status if member.status in {1, 2, 4, 5} else 1,
        departments=member.department_ids,
        led=tuple(
            department
            for department, leading in zip(member.department_ids, leads, strict=False)
            if leading
        ),
    )


def _contact(contact: customers_api.ExternalContact) -> ContactFact:
    return ContactFact(
        external_userid=contact.external_userid,
        name=contact.name,
        kind=contact.type,
        avatar=contact.avatar,
        gender=contact.gender,
        unionid=contact.unionid,
        company_name=contact.corp_full_name or contact.corp_name,
    )


def _relation(
    external_userid: str,
    follow: customers_api.FollowUser | customers_api.FollowInfo,
    tag_ids: tuple[str, ...],
) -> RelationFact:
    return RelationFact(
        userid=follow.userid,
        external_userid=external_userid,
        added_at=follow.added_at or LONG_AGO,
        remark=follow.remark,
        description=follow.description,
        remark_company=follow.remark_corp_name,
        mobiles=follow.remark_mobiles,
        add_way=follow.add_way,
        state=follow.state,
        oper_userid=follow.oper_userid,
        tag_ids=tag_ids,
    )
