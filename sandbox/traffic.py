"""What is sent and handed over inside a simulated corp: messages, media, transfers, links."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.entities import JSONDict


@dataclass(slots=True)
class MassResult:
    """What became of one mass message for one customer or group: 0 not sent … 3 quota used."""

    status: int = 0
    send_time: int = 0


@dataclass(slots=True)
class MassTask:
    """One member's part of a mass message: status 0 not sent, 2 sent."""

    userid: str
    targets: dict[str, MassResult] = field(default_factory=dict)
    status: int = 0
    send_time: int = 0
    auto_at: float = 0.0


@dataclass(slots=True)
class MassMessage:
    """A mass message (企业群发)."""

    msgid: str
    chat_type: str
    create_time: int
    app: str = ""
    create_type: int = 0
    creator: str = ""
    text: JSONDict = field(default_factory=dict)
    attachments: list[JSONDict] = field(default_factory=list)
    tasks: dict[str, MassTask] = field(default_factory=dict)
    ready_at: float = 0.0
    cancelled: bool = False
    reminded_at: list[int] = field(default_factory=list)


@dataclass(slots=True)
class MomentTask:
    """One member's part of a Moment: who may see it, who saw it, who reacted."""

    userid: str
    publish_status: int = 0
    customers: list[str] = field(default_factory=list)
    comments: list[JSONDict] = field(default_factory=list)
    likes: list[JSONDict] = field(default_factory=list)


@dataclass(slots=True)
class Moment:
    """A customer Moment (客户朋友圈) and the job that makes it."""

    jobid: str
    moment_id: str
    create_time: int
    app: str = ""
    create_type: int = 0
    creator: str = ""
    visible_type: int = 1
    text: JSONDict = field(default_factory=dict)
    attachments: list[JSONDict] = field(default_factory=list)
    tasks: dict[str, MomentTask] = field(default_factory=dict)
    ready_at: float = 0.0
    cancelled: bool = False
    invalid_users: list[str] = field(default_factory=list)
    invalid_tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class WelcomeCode:
    """A welcome code (欢迎语凭证): one add, one use, twenty seconds."""

    code: str
    userid: str
    external_userid: str
    issued_at: float
    used_by: str = ""
    used_at: float = 0.0


@dataclass(slots=True)
class WelcomeTemplate:
    """A group welcome template (入群欢迎语素材)."""

    template_id: str
    app: str
    content: JSONDict = field(default_factory=dict)


@dataclass(slots=True)
class Media:
    """An uploaded file. `usage` is the upload API: message, image_url, moment or album."""

    media_id: str
    type: str
    filename: str
    content_type: str
    created_at: int
    content: bytes = b""
    usage: str = "message"


@dataclass(slots=True)
class AppMessage:
    """A message sent by an app to members (应用消息)."""

    msgid: str
    app: str
    recipients: list[str]
    msgtype: str
    body: JSONDict
    sent_at: float
    task_id: str = ""
    response_code: str = ""
    recalled: bool = False


@dataclass(slots=True)
class ResponseCode:
    """Permission to change an interactive card once within 72 hours."""

    code: str
    msgid: str
    userid: str
    issued_at: float
    used: bool = False


@dataclass(slots=True)
class Transfer:
    """A customer hand-over (客户继承): waiting 2, done 1, refused 3, taker full 4."""

    handover_userid: str
    takeover_userid: str
    external_userid: str
    started_at: int
    due_at: int
    status: int = 2
    resigned: bool = False


@dataclass(slots=True)
class Unassigned:
    """A customer whose member left and who has no new member yet (待分配客户)."""

    handover_userid: str
    external_userid: str
    dimission_time: int
    assigned: bool = False


@dataclass(slots=True)
class BehaviorDay:
    """One member's contact figures of one local day (联系客户统计)."""

    chat_cnt: int = 0
    message_cnt: int = 0
    customer_started: int = 0
    replied: int = 0
    reply_minutes: int = 0
    negative_feedback_cnt: int = 0
    new_apply_cnt: int = 0
    new_contact_cnt: int = 0


@dataclass(slots=True)
class AcquisitionLink:
    """A customer acquisition link (获客链接). Rows of `customers` are [customer, member, state]."""

    link_id: str
    link_name: str
    url: str
    app: str
    create_time: int = 0
    skip_verify: bool = True
    mark_source: bool = True
    user_list: list[str] = field(default_factory=list)
    department_list: list[int] = field(default_factory=list)
    customers: list[list[str]] = field(default_factory=list)
    click_count: int = 0
