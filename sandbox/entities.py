"""What exists inside a simulated corp: people, relations, tags, codes, groups, messages.

Field names follow the WeCom API where it has one. Times are Unix seconds of simulated time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JSONDict = dict[str, Any]


class RelationKind(StrEnum):
    """State of one (member, customer) pair (好友关系)."""

    NONE = "none"
    HALF = "half"
    FRIEND = "friend"
    CUSTOMER_DELETED = "customer_deleted"


class AppKind(StrEnum):
    """What a secret belongs to."""

    SELF_BUILT = "self_built"
    CONTACTS = "contacts"


@dataclass(slots=True)
class App:
    """A self-built app (自建应用) or the contacts-sync receiver (通讯录同步) of a corp.

    `callable_apps` names the rights ticked for it: `customer` (客户联系), `acquisition` (获客助手),
    `pay` (对外收款). Empty lists of trusted addresses or domains mean "not checked".
    """

    slug: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    name: str = ""
    kind: AppKind = AppKind.SELF_BUILT
    callback_url: str = ""
    callable_apps: list[str] = field(default_factory=lambda: ["customer"])
    customer_events: bool = True
    contact_events: bool = False
    visible_departments: list[int] = field(default_factory=lambda: [1])
    visible_users: list[str] = field(default_factory=list)
    trusted_ips: list[str] = field(default_factory=list)
    trusted_domains: list[str] = field(default_factory=list)
    legacy_app: bool = False


@dataclass(slots=True)
class Department:
    """A department (部门); 1 is the root."""

    id: int
    name: str
    parentid: int = 0
    order: int = 0
    name_en: str = ""
    department_leader: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """A member (成员) of the corp. `left_at` is set once the member has left (离职)."""

    userid: str
    name: str
    department: list[int] = field(default_factory=lambda: [1])
    position: str = ""
    mobile: str = ""
    gender: str = "0"
    email: str = ""
    avatar: str = ""
    alias: str = ""
    telephone: str = ""
    is_leader_in_dept: list[int] = field(default_factory=list)
    direct_leader: list[str] = field(default_factory=list)
    status: int = 1
    open_userid: str = ""
    external_position: str = ""
    customer_contact: bool = True
    verified: bool = True
    admin_welcome: bool = False
    customer_cap: int = 20_000
    left_at: int = 0


@dataclass(slots=True)
class Customer:
    """An external contact (外部联系人). `handle` is the short name used by the control API."""

    external_userid: str
    name: str
    handle: str = ""
    type: int = 1
    avatar: str = ""
    gender: int = 0
    unionid: str = ""
    openid: str = ""
    position: str = ""
    corp_name: str = ""
    corp_full_name: str = ""
    mobile: str = ""


@dataclass(slots=True)
class Relation:
    """One member's relation with one customer (跟进关系)."""

    userid: str
    external_userid: str
    kind: RelationKind = RelationKind.FRIEND
    remark: str = ""
    description: str = ""
    remark_corp_name: str = ""
    remark_mobiles: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    personal_tags: list[str] = field(default_factory=list)
    createtime: int = 0
    add_way: int = 1
    state: str = ""
    oper_userid: str = ""
    last_talk_at: int = 0
    chatted: bool = False
    transfers: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Tag:
    """A corp tag (企业标签). `owner` is the slug of the app that made it, empty for the console."""

    id: str
    name: str
    create_time: int = 0
    order: int = 0
    owner: str = ""
    deleted: bool = False


@dataclass(slots=True)
class TagGroup:
    """A group of corp tags (标签组)."""

    group_id: str
    group_name: str
    create_time: int = 0
    order: int = 0
    owner: str = ""
    deleted: bool = False
    tags: dict[str, Tag] = field(default_factory=dict)


@dataclass(slots=True)
class ContactWay:
    """A contact-me way (联系我 / 渠道活码)."""

    config_id: str
    type: int
    scene: int
    style: int = 0
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    user: list[str] = field(default_factory=list)
    party: list[int] = field(default_factory=list)
    is_temp: bool = False
    expires_in: int = 0
    chat_expires_in: int = 0
    unionid: str = ""
    is_exclusive: bool = False
    mark_source: bool = True
    conclusions: JSONDict = field(default_factory=dict)
    qr_code: str = ""
    created_at: int = 0
    scan_count: int = 0


@dataclass(slots=True)
class JoinWay:
    """A group join way (群活码)."""

    config_id: str
    scene: int
    remark: str = ""
    auto_create_room: int = 1
    room_base_name: str = ""
    room_base_id: int = 0
    chat_id_list: list[str] = field(default_factory=list)
    state: str = ""
    mark_source: bool = True
    qr_code: str = ""


@dataclass(slots=True)
class GroupMember:
    """Somebody in a customer group: `type` 1 member, 2 external person."""

    userid: str
    type: int
    join_time: int = 0
    join_scene: int = 1
    invitor: str = ""
    state: str = ""
    group_nickname: str = ""
    name: str = ""
    unionid: str = ""


@dataclass(slots=True)
class GroupChat:
    """A customer group (客户群). `stale_*` hold the answer that still lags behind a change."""

    chat_id: str
    name: str
    owner: str
    create_time: int = 0
    notice: str = ""
    members: dict[str, GroupMember] = field(default_factory=dict)
    admins: list[str] = field(default_factory=list)
    member_version: int = 1
    status: int = 0
    dismissed: bool = False
    stale_until: float = 0.0
    stale_members: dict[str, GroupMember] = field(default_factory=dict)
    stale_version: int = 0
    transfers: list[int] = field(default_factory=list)
