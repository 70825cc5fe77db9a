"""Customer groups (客户群), wecom-api §9."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from wecom.answers import Key, load, load_list
from wecom.api.paging import pages
from wecom.client import Client

LIST_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRef:
    """A group in a list. `status`: 0 normal, 1 owner left, 2 being inherited, 3 inherited."""

    chat_id: str
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviter:
    """Who brought a member into a group."""

    userid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMember:
    """A member of a group. `type`: 1 ours, 2 external; `join_scene`: 1 invited, 2 link, 3 QR."""

    userid: str
    type: int
    joined_at: Annotated[datetime | None, Key("join_time")] = None
    join_scene: int = 0
    invitor: Inviter = Inviter()
    state: str = ""
    name: str = ""
    group_nickname: str = ""
    unionid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAdmin:
    """A group's administrator."""

    userid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A customer group; `member_version` is what the change events refer to."""

    chat_id: str
    name: str = ""
    owner: str = ""
    created_at: Annotated[datetime | None, Key("create_time")] = None
    notice: str = ""
    members: Annotated[tuple[GroupMember, ...], Key("member_list")] = ()
    admins: Annotated[tuple[GroupAdmin, ...], Key("admin_list")] = ()
    member_version: str = ""


def groupchat_list(
    client: Client, *, owner_userids: Sequence[str] = (), status: int = 0
) -> Iterator[GroupRef]:
    """Yield the groups of up to 100 owners, or of all owners the app may see.

    Args:
        client: The app's client.
        owner_userids: None of them means all; refused above 1,000 visible members (81017).
        status: 0 means all.

    Source: wecom-api §9.1, externalcontact/groupchat/list.
    """
    api = "externalcontact/groupchat/list"
    body: dict[str, Any] = {"status_filter": status, "limit": LIST_LIMIT}
    if owner_userids:
        body["owner_filter"] = {"userid_list": list(owner_userids)}
    for answer in pages(client, api, body):
        yield from load_list(GroupRef, answer, "group_chat_list", api=api)


def groupchat_get(client: Client, *, chat_id: str) -> Group:
    """Return a group with its members and their names; may lag a change event by 2 s.

    Raises:
        ItemRefused: it is not a customer group (90501, 90509).
        StaffUnreachable: its owner is outside the app's range.

    Source: wecom-api §9.2, externalcontact/groupchat/get.
    """
    api = "externalcontact/groupchat/get"
    answer = client.post(api, {"chat_id": chat_id, "need_name": 1})
    return load(Group, answer.get("group_chat"), api=api)
