"""What people do: one function per action, used by the control API and by the pages.

Each function takes the simulator, the corp and keywords, changes the world, emits the events that
WeCom would emit, and returns a small JSON summary. It raises `ActionError` when it makes no sense.
"""

from collections.abc import Callable

from sandbox.actions.bulk import bulk_add
from sandbox.actions.commerce import buy, open_acquisition_link, refuse_transfer
from sandbox.actions.common import customer_of, find_or_make_customer, member_of
from sandbox.actions.groups import (
    create_group,
    dismiss_group,
    join_group,
    leave_group,
    rename_group,
)
from sandbox.actions.people import create_party, create_user, delete_user, tag_create, update_user
from sandbox.actions.relations import (
    add_back,
    add_friend,
    delete_friend,
    edit_remark,
    member_delete,
    scan_contact_way,
    tag_by_member,
)
from sandbox.actions.talk import (
    click_card,
    confirm_mass_send,
    customer_message,
    group_message,
    like_moment,
    open_link,
    publish_moment,
    staff_message,
)
from sandbox.entities import JSONDict

ACTIONS: dict[str, Callable[..., JSONDict]] = {
    action.__name__: action
    for action in (
        add_back,
        add_friend,
        buy,
        click_card,
        confirm_mass_send,
        create_group,
        create_party,
        create_user,
        customer_message,
        delete_friend,
        delete_user,
        dismiss_group,
        edit_remark,
        group_message,
        join_group,
        leave_group,
        like_moment,
        member_delete,
        open_acquisition_link,
        open_link,
        publish_moment,
        refuse_transfer,
        rename_group,
        scan_contact_way,
        staff_message,
        tag_by_member,
        tag_create,
        update_user,
    )
}

__all__ = [
    "ACTIONS",
    "add_back",
    "add_friend",
    "bulk_add",
    "buy",
    "click_card",
    "confirm_mass_send",
    "create_group",
    "create_party",
    "create_user",
    "customer_message",
    "customer_of",
    "delete_friend",
    "delete_user",
    "dismiss_group",
    "edit_remark",
    "find_or_make_customer",
    "group_message",
    "join_group",
    "leave_group",
    "like_moment",
    "member_delete",
    "member_of",
    "open_acquisition_link",
    "open_link",
    "publish_moment",
    "refuse_transfer",
    "rename_group",
    "scan_contact_way",
    "staff_message",
    "tag_by_member",
    "tag_create",
    "update_user",
]
