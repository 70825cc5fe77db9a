"""Mass messages: tasks that members confirm (企业群发), wecom-api §11."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from wecom.answers import Key, load, load_list
from wecom.api.attachments import Attachment, content
from wecom.api.paging import pages
from wecom.client import Client

LIST_LIMIT: Final = 100
RESULT_LIMIT: Final = 1_000
ChatType = Literal["single", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMassMessage:
    """A created task: its id, and the customers or groups it cannot reach."""

    msgid: str
    unreachable_ids: Annotated[tuple[str, ...], Key("fail_list")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MassText:
    """The text of a mass message."""

    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassMessage:
    """A task in the list; one made by API has no creator. `create_type`: 0 corp, 1 member."""

    msgid: str
    created_at: Annotated[datetime, Key("create_time")]
    creator: str = ""
    create_type: int = 0
    text: MassText = MassText()
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MassTask:
    """One member's part. `status`: 0 not sent, 2 sent."""

    userid: str
    status: int
    sent_at: Annotated[datetime | None, Key("send_time")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MassResult:
    """One customer's (or group's) part.

    `status`: 0 not sent yet, 1 sent, 2 no longer a friend, 3 has got as many as allowed.
    """

    userid: str
    status: int
    external_userid: str = ""
    chat_id: str = ""
    sent_at: Annotated[datetime | None, Key("send_time")] = None


def add_msg_template(
    client: Client,
    *,
    sender: str = "",
    external_userids: Sequence[str] = (),
    chat_ids: Sequence[str] = (),
    chat_type: ChatType = "single",
    text: str = "",
    attachments: Sequence[Attachment] = (),
    allow_select: bool = False,
) -> NewMassMessage:
    """Create a mass message: a task that each member must confirm; nothing is sent by itself.

    Not idempotent: after `Ambiguous` look for it by `get_groupmsg_list_v2`.

    Args:
        client: The app's client.
        sender: The member; required for groups; alone it means all of that member's customers.
        external_userids: Up to 10,000, for `single`.
        chat_ids: Up to 2,000, for `group`.
        chat_type: `single` or `group`.
        text: Up to 4,000 bytes of UTF-8.
        attachments: Up to 9.
        allow_select: The member may choose among the customers.

    Raises:
        ItemRefused: nobody can be sent to (41048), forbidden words (85002).
        Misconfigured: WeCom's anti-spam stopped it (40201, 40204): stop the campaign.

    Source: wecom-api §11.1, externalcontact/add_msg_template.
    """
    api = "externalcontact/add_msg_template"
    body: dict[str, Any] = {"chat_type": chat_type, **content(text=text, attachments=attachments)}
    if sender:
        body["sender"] = sender
    if external_userids:
        body["external_userid"] = list(external_userids)
    if chat_ids:
        body["chat_id_list"] = list(chat_ids)
    if allow_select:
        body["allow_select"] = True
    return load(NewMassMessage, client.post(api, body), api=api)


def get_groupmsg_list_v2(
    client: Client,
    *,
    created_from: datetime,
    created_to: datetime,
    chat_type: ChatType = "single",
    filter_type: int = 0,
) -> Iterator[MassMessage]:
    """Yield the mass messages created in a span of up to one month.

    Args:
        client: The app's client.
        created_from: Begin of the span.
        created_to: End of the span.
        chat_type: `single` or `group`.
        filter_type: 0 made by the corp (API included), 1 by members, 2 both.

    Raises:
        BeingDispatched: a task was just created; ask again after a minute (41063).

    Source: wecom-api §11.3, externalcontact/get_groupmsg_list_v2.
    """
    api = "externalcontact/get_groupmsg_list_v2"
    body = {
        "chat_type": chat_type,
        "start_time": int(created_from.timestamp()),
        "end_time": int(created_to.timestamp()),
        "filter_type": filter_type,
        "limit": LIST_LIMIT,
    }
    for answer in pages(client, api, body):
        yield from load_list(MassMessage, answer, "group_msg_list", api=api)


def get_groupmsg_task(client: Client, *, msgid: str) -> Iterator[MassTask]:
    """Yield each member's part of a task.

    Raises:
        BeingDispatched: it was just created; ask again after a minute (41063).
        MassCancelled: it was stopped (41093).

    Source: wecom-api §11.4, externalcontact/get_groupmsg_task.
    """
    api = "externalcontact/get_groupmsg_task"
    for answer in pages(client, api, {"msgid": msgid, "limit": RESULT_LIMIT}):
        yield from load_list(MassTask, answer, "task_list", api=api)


def get_groupmsg_send_result(client: Client, *, msgid: str, userid: str) -> Iterator[MassResult]:
    """Yield what became of one member's part, customer by customer.

    Source: wecom-api §11.5, externalcontact/get_groupmsg_send_result.
    """
    api = "externalcontact/get_groupmsg_send_result"
    body = {"msgid": msgid, "userid": userid, "limit": RESULT_LIMIT}
    for answer in pages(client, api, body):
        yield from load_list(MassResult, answer, "send_list", api=api)


def remind_groupmsg_send(client: Client, *, msgid: str) -> None:
    """Remind the members who have not sent; up to three times in 24 h.

    Raises:
        QuotaExceeded: reminded too often (41094).

    Source: wecom-api §11.6, externalcontact/remind_groupmsg_send.
    """
    client.post("externalcontact/remind_groupmsg_send", {"msgid": msgid})


def cancel_groupmsg_send(client: Client, *, msgid: str) -> None:
    """Stop the parts that are not sent yet; what is sent stays.

    Raises:
        MassCancelled: it was stopped before (41093).

    Source: wecom-api §11.6, externalcontact/cancel_groupmsg_send.
    """
    client.post("externalcontact/cancel_groupmsg_send", {"msgid": msgid})
