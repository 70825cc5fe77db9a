"""Corp tags and marking customers with them (企业标签), wecom-api §7."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from wecom.answers import Key, load, load_list
from wecom.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpTag:
    """A corp tag (企业标签); larger `order` comes first."""

    id: str
    name: str
    created_at: Annotated[datetime | None, Key("create_time")] = None
    order: int = 0
    is_deleted: Annotated[bool, Key("deleted")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpTagGroup:
    """A tag group (标签组); it vanishes with its last tag."""

    group_id: str
    group_name: str
    created_at: Annotated[datetime | None, Key("create_time")] = None
    order: int = 0
    is_deleted: Annotated[bool, Key("deleted")] = False
    tags: Annotated[tuple[CorpTag, ...], Key("tag")] = ()


def corp_tag_list(
    client: Client, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()
) -> tuple[CorpTagGroup, ...]:
    """Return tag groups with their tags: all, or those asked for (then deleted ones too).

    With `group_ids` given WeCom ignores `tag_ids`.

    Source: wecom-api §7.1, externalcontact/get_corp_tag_list.
    """
    api = "externalcontact/get_corp_tag_list"
    body: dict[str, Any] = {}
    if tag_ids:
        body["tag_id"] = list(tag_ids)
    if group_ids:
        body["group_id"] = list(group_ids)
    return load_list(CorpTagGroup, client.post(api, body), "tag_group", api=api)


def corp_tag_add(
    client: Client, *, names: Sequence[str], group_id: str = "", group_name: str = ""
) -> CorpTagGroup:
    """Create tags in a group, by its id or its name (a new name makes a new group).

    Names have up to 30 characters; the corp up to 10,000 tags. No event follows.

    Returns:
        The group with the created tags.

    Raises:
        QuotaExceeded: the corp's cap of tags is reached (40126).

    Source: wecom-api §7.1, externalcontact/add_corp_tag.
    """
    api = "externalcontact/add_corp_tag"
    body: dict[str, Any] = {"tag": [{"name": name} for name in names]}
    if group_id:
        body["group_id"] = group_id
    if group_name:
        body["group_name"] = group_name
    return load(CorpTagGroup, client.post(api, body).get("tag_group"), api=api)


def corp_tag_edit(
    client: Client, *, id: str, name: str | None = None, order: int | None = None
) -> None:
    """Rename or reorder a tag or a group that this app created.

    Source: wecom-api §7.1, externalcontact/edit_corp_tag.
    """
    body: dict[str, Any] = {"id": id}
    if name is not None:
        body["name"] = name
    if order is not None:
        body["order"] = order
    client.post("externalcontact/edit_corp_tag", body)


def corp_tag_del(
    client: Client, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()
) -> None:
    """Delete tags or groups that this app created.

    Source: wecom-api §7.1, externalcontact/del_corp_tag.
    """
    client.post(
        "externalcontact/del_corp_tag", {"tag_id": list(tag_ids), "group_id": list(group_ids)}
    )


def mark_tag(
    client: Client,
    *,
    userid: str,
    external_userid: str,
    add_tag_ids: Sequence[str] = (),
    remove_tag_ids: Sequence[str] = (),
) -> None:
    """Put corp tags on one relation and take others off; harmless if repeated. No event follows.

    Calls for one pair must come one after the other.

    Raises:
        ConcurrentChange: another call for the pair was under way (45035).
        CustomerUnreachable: there is no relation (84061).

    Source: wecom-api §7.2, externalcontact/mark_tag.
    """
    client.post(
        "externalcontact/mark_tag",
        {
            "userid": userid,
            "external_userid": external_userid,
            "add_tag": list(add_tag_ids),
            "remove_tag": list(remove_tag_ids),
        },
    )
