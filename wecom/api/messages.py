"""App messages to members (应用消息), wecom-api §20.

WeCom's duplicate check is always on: the same request within the interval is delivered once, so a
call whose outcome is unknown may be repeated with the very same arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from wecom.answers import Key, load, texts
from wecom.client import Client

DUPLICATE_INTERVAL_SECONDS: Final = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message WeCom took. `invalid_users` are lower-case ids joined with `|`.

    `response_code` (interactive cards only) works once, for 72 h.
    """

    msgid: str = ""
    response_code: str = ""
    invalid_users: Annotated[str, Key("invaliduser")] = ""
    unlicensed_users: Annotated[str, Key("unlicenseduser")] = ""

    @property
    def invalid_userids(self) -> frozenset[str]:
        """The members it does not reach, in lower case."""
        joined = f"{self.invalid_users}|{self.unlicensed_users}"
        return frozenset(word.casefold() for word in joined.split("|") if word)


def send_text(client: Client, *, userids: Sequence[str], content: str) -> SentMessage:
    """Send a text of up to 2,048 bytes (longer ones are cut), `<a>` links allowed.

    Raises:
        StaffUnreachable: none of the members can be reached (81013).

    Source: wecom-api §20.1, message/send.
    """
    return _send(client, userids, "text", {"content": content})


def send_text_card(
    client: Client,
    *,
    userids: Sequence[str],
    title: str,
    description: str,
    url: str,
    button: str = "详情",
) -> SentMessage:
    """Send a text card: title up to 128, description 512, button 4 characters.

    Raises:
        StaffUnreachable: none of the members can be reached (81013).

    Source: wecom-api §20.1, message/send.
    """
    card = {"title": title, "description": description, "url": url, "btntxt": button}
    return _send(client, userids, "textcard", card)


def send_template_card(
    client: Client, *, userids: Sequence[str], card: Mapping[str, Any]
) -> SentMessage:
    """Send a template card; interactive kinds need a `task_id` unique in the app (≤ 128 bytes).

    Args:
        client: The app's client.
        userids: Up to 1,000 members; each gets at most 30 messages a minute and 1,000 an hour,
            more are dropped silently.
        card: `card_type` and the parts that go with it.

    Raises:
        StaffUnreachable: none of the members can be reached (81013).
        Misconfigured: the app has no receive-message URL (43012).

    Source: wecom-api §20.1, message/send.
    """
    return _send(client, userids, "template_card", dict(card))


def update_template_card(
    client: Client,
    *,
    response_code: str,
    userids: Sequence[str],
    button_text: str = "",
    card: Mapping[str, Any] | None = None,
) -> tuple[str, ...]:
    """Replace the button of a card by a text, or the whole card; return the members it missed.

    Args:
        client: The app's client.
        response_code: From the send answer or the click event; works once.
        userids: The members whose card changes.
        button_text: What the button shows from now on (button cards only).
        card: A new card with its `replace_text`, instead.

    Raises:
        CardExpired: the response code is used or too old (60140).

    Source: wecom-api §20.2, message/update_template_card.
    """
    body: dict[str, Any] = {
        "userids": list(userids),
        "agentid": client.require_agent_id(),
        "response_code": response_code,
    }
    if card is None:
        body["button"] = {"replace_name": button_text}
    else:
        body["template_card"] = dict(card)
    return texts(client.post("message/update_template_card", body), "invaliduser")


def _send(
    client: Client, userids: Sequence[str], kind: str, part: Mapping[str, Any]
) -> SentMessage:
    body = {
        "touser": "|".join(userids),
        "msgtype": kind,
        "agentid": client.require_agent_id(),
        kind: dict(part),
        "enable_duplicate_check": 1,
        "duplicate_check_interval": DUPLICATE_INTERVAL_SECONDS,
    }
    return load(SentMessage, client.post("message/send", body), api="message/send")
