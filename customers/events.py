"""Every kind of event in the ledger: one frozen dataclass a type, which refuses unknown fields.

The dataclass is the payload; customer, identity, staff and time stand in the event's own columns.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Final, TypeAlias, get_type_hints

from customers.errors import BadEventPayload, UnknownEventType


@dataclass(frozen=True, slots=True)
class FriendAdded:
    """添加好友: a staff member and a customer became friends."""

    type: ClassVar[str] = "friend_added"
    state: str = ""
    add_way: int = 0


@dataclass(frozen=True, slots=True)
class FriendHalfAdded:
    """单向添加: the customer was added by a code, the staff member has not added back."""

    type: ClassVar[str] = "friend_half_added"
    state: str = ""


@dataclass(frozen=True, slots=True)
class FriendEdited:
    """资料修改: the staff member changed remark, phone or tags in the client."""

    type: ClassVar[str] = "friend_edited"


@dataclass(frozen=True, slots=True)
class FriendRemovedByStaff:
    """员工删除客户; `transferred` when a handover ended the relation."""

    type: ClassVar[str] = "friend_removed_by_staff"
    transferred: bool = False


@dataclass(frozen=True, slots=True)
class FriendRemovedByCustomer:
    """客户删除员工."""

    type: ClassVar[str] = "friend_removed_by_customer"


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """继承失败: the customer refused the handover, or the new owner is full."""

    type: ClassVar[str] = "transfer_failed"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveAgreed:
    """同意会话存档."""

    type: ClassVar[str] = "archive_agreed"


@dataclass(frozen=True, slots=True)
class AcquisitionChatStarted:
    """获客链接开口: the first message of a customer who came by an acquisition link."""

    type: ClassVar[str] = "acquisition_chat_started"
    link_id: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class GroupJoined:
    """入群."""

    type: ClassVar[str] = "group_joined"
    chat_id: str
    name: str = ""
    join_scene: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class GroupLeft:
    """退群."""

    type: ClassVar[str] = "group_left"
    chat_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CustomerMessaged:
    """客户来信: only that a message came and how long it was, never its text."""

    type: ClassVar[str] = "customer_messaged"
    text_length: int = 0


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """打开素材."""

    type: ClassVar[str] = "link_opened"
    link_code: str
    material_id: int
    title: str
    purpose: str
    visit: str
    is_high_intent: bool = False


@dataclass(frozen=True, slots=True)
class LinkDwelled:
    """阅读停留: `seconds` more since the last such event of this visit, `total_seconds` in all."""

    type: ClassVar[str] = "link_dwelled"
    link_code: str
    material_id: int
    title: str
    purpose: str
    visit: str
    seconds: int
    total_seconds: int
    depth_percent: int = 0
    is_high_intent: bool = False


@dataclass(frozen=True, slots=True)
class LinkCompleted:
    """读完素材."""

    type: ClassVar[str] = "link_completed"
    link_code: str
    material_id: int
    title: str
    purpose: str
    visit: str
    total_seconds: int
    is_high_intent: bool = False


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """下单付款; `kind` is regular 正装, trial 试用, gift 赠品 or replacement 补发."""

    type: ClassVar[str] = "order_paid"
    order_no: str
    amount_fen: int
    kind: str = "regular"
    shop: str = ""
    sku: str = ""
    title: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """退款."""

    type: ClassVar[str] = "order_refunded"
    order_no: str
    amount_fen: int
    shop: str = ""


@dataclass(frozen=True, slots=True)
class TouchSent:
    """触达送达: WeCom accepted what was sent."""

    type: ClassVar[str] = "touch_sent"
    touch_uid: str
    lane: str
    title: str


@dataclass(frozen=True, slots=True)
class StaffTaskDone:
    """员工完成任务."""

    type: ClassVar[str] = "staff_task_done"
    touch_uid: str
    title: str


@dataclass(frozen=True, slots=True)
class StaffTaskPostponed:
    """员工稍后处理."""

    type: ClassVar[str] = "staff_task_postponed"
    touch_uid: str
    title: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StaffMarked:
    """员工标记: one tap says how a chat went; `mark` is one of `MARKS`.

    What the chat archive would tell, where there is none.
    """

    type: ClassVar[str] = "staff_marked"
    mark: str


@dataclass(frozen=True, slots=True)
class StaffSent:
    """员工发送: a staff member sent something from the sidebar; never the text that was sent.

    `kind` is task, script, material or suggestion; `title` is what it was called there.
    """

    type: ClassVar[str] = "staff_sent"
    kind: str
    title: str
    material_id: int = 0


@dataclass(frozen=True, slots=True)
class CustomerReferred:
    """由老客户带来: who brought this customer, by which campaign or code."""

    type: ClassVar[str] = "customer_referred"
    referrer_external_userid: str
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class BehaviorReported:
    """外部行为: another system tells what the customer did there (drew a lot, browsed a page).

    `code` is that system's name for it, by which journeys know it; people read title and detail.
    """

    type: ClassVar[str] = "behavior_reported"
    code: str
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """跟进记录: what somebody of the company wrote down about the customer."""

    type: ClassVar[str] = "note_written"
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """客户合并: two customers turned out to be one person; this identity came to the survivor."""

    type: ClassVar[str] = "customers_merged"
    kept_uid: str
    absorbed_uid: str
    rule: str


@dataclass(frozen=True, slots=True)
class StageChanged:
    """阶段变化, derived."""

    type: ClassVar[str] = "stage_changed"
    from_stage: str
    to_stage: str
    reason: str


Payload: TypeAlias = (
    FriendAdded
    | FriendHalfAdded
    | FriendEdited
    | FriendRemovedByStaff
    | FriendRemovedByCustomer
    | TransferFailed
    | ArchiveAgreed
    | AcquisitionChatStarted
    | GroupJoined
    | GroupLeft
    | CustomerMessaged
    | LinkOpened
    | LinkDwelled
    | LinkCompleted
    | OrderPaid
    | OrderRefunded
    | TouchSent
    | StaffTaskDone
    | StaffTaskPostponed
    | StaffMarked
    | StaffSent
    | CustomerReferred
    | BehaviorReported
    | NoteWritten
    | CustomersMerged
    | StageChanged
)

# What staff may mark with one tap.
MARKS: Final[Mapping[str, str]] = {
    "replied": "已回复",
    "interested": "有意向",
    "resolved": "已解决",
    "complained": "投诉",
}
EVENT_TYPES: Final[Mapping[str, type[Payload]]] = {cls.type: cls for cls in Payload.__args__}
_HINTS: Final = {
    name: {field.name: get_type_hints(cls)[field.name] for field in fields(cls)}
    for name, cls in EVENT_TYPES.items()
}


def to_json(payload: Payload) -> dict[str, Any]:
    """Return the payload as what is stored, every field's type checked.

    Raises:
        BadEventPayload: a field holds a value of another type.
    """
    values = asdict(payload)
    for name, hint in _HINTS[payload.type].items():
        if type(values[name]) is not hint:
            raise BadEventPayload(f"{payload.type}.{name} must be {hint.__name__}")
    return values


def from_json(event_type: str, values: Mapping[str, Any]) -> Payload:
    """Read a stored or imported payload back, strictly.

    Raises:
        UnknownEventType: no such type.
        BadEventPayload: unknown, missing or wrongly typed fields.
    """
    cls = EVENT_TYPES.get(event_type)
    if cls is None:
        raise UnknownEventType(event_type)
    unknown = set(values) - set(_HINTS[event_type])
    if unknown:
        raise BadEventPayload(f"{event_type} has no field {', '.join(sorted(unknown))}")
    try:
        payload = cls(**values)
    except TypeError as error:
        raise BadEventPayload(f"{event_type}: {error}") from error
    to_json(payload)
    return payload
