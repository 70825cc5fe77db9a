"""Customers and who follows them (客户联系), wecom-api §6."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from wecom.answers import Key, load, load_list, texts
from wecom.api.paging import get_pages, pages
from wecom.client import Client
from wecom.errors import CustomerUnreachable

BATCH_LIMIT: Final = 100
NO_CUSTOMERS_ERRCODE: Final = 84061


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalContact:
    """A customer (客户). `type`: 1 WeChat user, 2 member of another corp; `gender`: 0, 1 m, 2 f.

    `unionid` only with a bound WeChat developer account; `name` changes without an event.
    """

    external_userid: str
    name: str = ""
    type: int = 1
    avatar: str = ""
    gender: int = 0
    unionid: str = ""
    position: str = ""
    corp_name: str = ""
    corp_full_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTag:
    """A tag on a relation. `type`: 1 corp tag, 2 the member's own (no id), 3 strategy tag."""

    tag_id: str = ""
    tag_name: str = ""
    group_name: str = ""
    type: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUser:
    """One member's relation to a customer (跟进人), as `externalcontact/get` tells it."""

    userid: str
    remark: str = ""
    description: str = ""
    added_at: Annotated[datetime | None, Key("createtime")] = None
    tags: tuple[FollowTag, ...] = ()
    remark_corp_name: str = ""
    remark_mobiles: tuple[str, ...] = ()
    add_way: int = 0
    oper_userid: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer with all relations in the app's range."""

    contact: ExternalContact
    follow_users: tuple[FollowUser, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowInfo:
    """One member's relation, as `batch/get_by_user` tells it: corp tags by id only."""

    userid: str
    remark: str = ""
    description: str = ""
    added_at: Annotated[datetime | None, Key("createtime")] = None
    tag_ids: Annotated[tuple[str, ...], Key("tag_id")] = ()
    remark_corp_name: str = ""
    remark_mobiles: tuple[str, ...] = ()
    add_way: int = 0
    oper_userid: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCustomer:
    """One row of `batch/get_by_user`: one customer and one member."""

    contact: Annotated[ExternalContact, Key("external_contact")]
    follow: Annotated[FollowInfo, Key("follow_info")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPage:
    """One page of rows and where the next one begins ('' = the end)."""

    rows: tuple[FollowedCustomer, ...]
    next_cursor: str


def follow_user_list(client: Client) -> tuple[str, ...]:
    """Return the members with the 客户联系 function that the app may see.

    Source: wecom-api §6.1, externalcontact/get_follow_user_list.
    """
    return texts(client.get("externalcontact/get_follow_user_list"), "follow_user")


def customer_list(client: Client, *, userid: str) -> tuple[str, ...]:
    """Return the external_userids of a member's customers; WeCom's "none" (84061) is empty.

    Those whom the member deleted are not in it; those who deleted the member are.

    Source: wecom-api §6.2, externalcontact/list.
    """
    try:
        answer = client.get("externalcontact/list", {"userid": userid})
    except CustomerUnreachable as error:
        if error.errcode != NO_CUSTOMERS_ERRCODE:
            raise
        return ()
    return texts(answer, "external_userid")


def customer_get(client: Client, *, external_userid: str) -> Customer:
    """Return a customer with all relations, over all pages (500 relations each).

    Raises:
        CustomerUnreachable: no relation to any member in the app's range (84061, 40096).

    Source: wecom-api §6.3, externalcontact/get.
    """
    api = "externalcontact/get"
    contact: ExternalContact | None = None
    follow_users: list[FollowUser] = []
    for answer in get_pages(client, api, {"external_userid": external_userid}):
        if contact is None:
            contact = load(ExternalContact, answer.get("external_contact"), api=api)
        follow_users.extend(load_list(FollowUser, answer, "follow_user", api=api))
    if contact is None:
        raise CustomerUnreachable("no answer", api=api)
    return Customer(contact=contact, follow_users=tuple(follow_users))


def customers_batch_get_by_user(
    client: Client, *, userids: Sequence[str], cursor: str = ""
) -> Iterator[CustomerPage]:
    """Yield the customers of up to 100 members page by page; what the nightly sweep walks.

    A page may be short though more follow. Store `next_cursor` to go on later.

    Source: wecom-api §6.4, externalcontact/batch/get_by_user.
    """
    api = "externalcontact/batch/get_by_user"
    body: dict[str, Any] = {"userid_list": list(userids), "limit": BATCH_LIMIT}
    for answer in pages(client, api, body, cursor=cursor):
        yield CustomerPage(
            rows=load_list(FollowedCustomer, answer, "external_contact_list", api=api),
            next_cursor=str(answer.get("next_cursor") or ""),
        )


def remark(
    client: Client,
    *,
    userid: str,
    external_userid: str,
    remark: str | None = None,
    description: str | None = None,
    remark_company: str | None = None,
    remark_mobiles: Sequence[str] | None = None,
) -> None:
    """Change a member's notes about a customer; None leaves a field as it is. No event follows.

    Args:
        client: The app's client.
        userid: The member.
        external_userid: The customer.
        remark: Up to 20 characters.
        description: Up to 150 characters.
        remark_company: Up to 20 characters, WeChat users only.
        remark_mobiles: Replaces the list; an empty one clears it.

    Source: wecom-api §6.5, externalcontact/remark.
    """
    body: dict[str, Any] = {"userid": userid, "external_userid": external_userid}
    changes = {
        "remark": remark,
        "description": description,
        "remark_company": remark_company,
        "remark_mobiles": None if remark_mobiles is None else list(remark_mobiles) or [""],
    }
    body |= {name: value for name, value in changes.items() if value is not None}
    client.post("externalcontact/remark", body)
