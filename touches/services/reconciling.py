"""Finding a mass message whose answer was lost (群发对账): asked before anything is repeated.

WeCom names no creator of what was made by API, so a message is known by our marker, the tracked
link that stands in it; without one by its text. Then its task must be our sender's, its customers
ours, and no other dispatch may hold it.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from content.services.links import public_url
from touches.models import MassTask
from touches.services.outcomes import Claimed, Reply
from wecom.api.mass import (
    MassMessage,
    get_groupmsg_list_v2,
    get_groupmsg_send_result,
    get_groupmsg_task,
)
from wecom.client import Client
from wecom.errors import ItemRefused, MassCancelled, Transient

# How far WeCom's clock and ours may be apart.
CLOCK_SKEW: Final = timedelta(minutes=5)
# A clock that is wrong by a whole day is a time zone or a restored image; more stops TLS first.
WRONG_CLOCK: Final = timedelta(hours=26)
# No page is asked for later than this: the call itself must still fit into the lease.
LOOK_UP_SECONDS: Final = 15.0
Held: TypeAlias = Callable[[Sequence[str]], set[str]]
_ADDRESS: Final = re.compile(r"https?://[\w\-.:/?=&%#~+]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Likeness:
    """By what a message of ours is recognised (识别特征)."""

    sender: str
    text: str
    attachment_count: int
    marks: frozenset[str]
    customers: frozenset[str]

    @classmethod
    def of(cls, payload: str) -> "Likeness":
        """Read it out of the body that was sent."""
        body = json.loads(payload)
        text = str(body.get("text", {}).get("content", ""))
        attachments = body.get("attachments", [])
        return cls(
            sender=str(body.get("sender", "")),
            text=text,
            attachment_count=len(attachments),
            marks=frozenset(_own_addresses(text, attachments)),
            customers=frozenset(body.get("external_userid", ())),
        )

    def fits(self, message: MassMessage) -> bool:
        """Whether a message in WeCom's list looks like ours: by our link, else by its text."""
        text = message.text.content
        if self.marks:
            return not self.marks.isdisjoint(_own_addresses(text, message.attachments))
        return self.text == text and self.attachment_count == len(message.attachments)


def look_up_mass_message(
    client: Client, claimed: Claimed, *, held: Held, now: datetime
) -> Reply | None:
    """Ask WeCom whether it has this mass message; None when it has not.

    Customers it cannot reach are not told again; they show by having no result.

    Args:
        held: Says which of these messages another call holds already.

    Raises:
        BeingDispatched: a message was just made; ask again after a minute.
        WeComError: WeCom could not be asked.
    """
    wanted = Likeness.of(claimed.payload)
    # Who tried first and who looks may be two hosts, and the clock of one of them may be wrong.
    since, until = sorted((claimed.first_tried_at or now, now))
    # Our own link is in no other message: before it is sent again, a day to both sides is searched,
    # for the clock of every host may be wrong alike.
    margins = (CLOCK_SKEW, WRONG_CLOCK) if wanted.marks else (CLOCK_SKEW,)
    for margin in margins:
        alike = _alike(client, wanted, since=since - margin, until=until + margin)
        for message in _free(alike, held):
            if _is_ours(client, message.msgid, wanted):
                return Reply(wecom_ref=message.msgid)
    return None


def find_twins(
    client: Client, payload: str, *, since: datetime, held: Held, now: datetime
) -> tuple[str, ...]:
    """Return second messages of one call (重复群发), which a list that lagged had not shown.

    To be stopped before anybody taps, so only what is ours beyond doubt: made by API, with our own
    link, the same sender and the same customers, and held by no call.

    Args:
        held: Says which of these messages a call holds already.

    Raises:
        WeComError: WeCom could not be asked.
    """
    wanted = Likeness.of(payload)
    if not wanted.marks:
        return ()
    return tuple(
        message.msgid
        for message in _free(
            _alike(client, wanted, since=since - CLOCK_SKEW, until=now + CLOCK_SKEW), held
        )
        if not message.creator and _is_ours(client, message.msgid, wanted, beyond_doubt=True)
    )


def held_msgids(msgids: Sequence[str]) -> set[str]:
    """Return which of these messages at WeCom a call of ours holds."""
    return set(MassTask.objects.filter(msgid__in=msgids).values_list("msgid", flat=True))


def _free(messages: Sequence[MassMessage], held: Held) -> list[MassMessage]:
    """Leave out what a call of ours holds already."""
    taken = held([message.msgid for message in messages])
    return [message for message in messages if message.msgid not in taken]


def _alike(
    client: Client, wanted: Likeness, *, since: datetime, until: datetime
) -> Sequence[MassMessage]:
    """Return what looks like ours, the oldest first."""
    messages = get_groupmsg_list_v2(client, created_from=since, created_to=until, filter_type=0)
    found: list[MassMessage] = []
    began = time.monotonic()
    for message in messages:
        if time.monotonic() - began > LOOK_UP_SECONDS:
            raise Transient("the list is too long for one look")
        if wanted.fits(message):
            found.append(message)
    return sorted(found, key=lambda one: one.created_at)


def _is_ours(client: Client, msgid: str, wanted: Likeness, *, beyond_doubt: bool = False) -> bool:
    """Whether its task is our sender's and its customers are no strangers to us."""
    try:
        senders = {part.userid.casefold() for part in get_groupmsg_task(client, msgid=msgid)}
    except MassCancelled:
        # Somebody stopped it in WeCom's console: nothing can be asked, and nothing is to be sent.
        return not beyond_doubt
    if wanted.sender.casefold() not in senders:
        return False
    try:
        results = list(get_groupmsg_send_result(client, msgid=msgid, userid=wanted.sender))
    except ItemRefused:
        return not beyond_doubt
    # One stranger is enough: the same text may have gone to some of the same people before.
    if any(result.external_userid not in wanted.customers for result in results):
        return False
    return bool(results) or not beyond_doubt


def _own_addresses(text: str, attachments: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield our tracked links in a message."""
    ours = public_url("")
    for address in _ADDRESS.findall(text):
        if address.startswith(ours):
            yield address
    for attachment in attachments:
        for part in attachment.values():
            if isinstance(part, dict) and str(part.get("url", "")).startswith(ours):
                yield str(part["url"])
