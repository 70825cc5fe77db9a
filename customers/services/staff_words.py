"""What staff say of their customers (员工记录): one-tap marks, and what they sent."""

from datetime import datetime
from typing import Final
from uuid import UUID

from customers.errors import BadStaffWord
from customers.events import MARKS, Payload, StaffMarked, StaffSent
from customers.models import Follow
from customers.services.ledger import NewEvent, record_event

SOURCE: Final = "sidebar"
SENT_KINDS: Final = ("task", "script", "material", "suggestion")
MAX_TITLE_CHARACTERS: Final = 128


def mark_customer(*, follow: Follow, mark: str, token: UUID, now: datetime) -> bool:
    """Record a one-tap mark (员工标记); false when this tap was recorded before.

    One transaction.

    Args:
        follow: Of the staff member who taps, already accessed.
        mark: One of `customers.events.MARKS`.
        token: Made with the page: however often a tap arrives it is one.

    Raises:
        BadStaffWord: there is no such mark.
    """
    if mark not in MARKS:
        raise BadStaffWord(mark)
    return _record(follow, StaffMarked(mark=mark), token=token, now=now)


def note_sending(
    *, follow: Follow, kind: str, title: str, material_id: int = 0, token: UUID, now: datetime
) -> bool:
    """Record that the staff member sent something in the chat (员工发送); never its text.

    WeCom tells nobody: it is noted when the client says that it was sent.

    Raises:
        BadStaffWord: there is no such kind of thing.
    """
    if kind not in SENT_KINDS:
        raise BadStaffWord(kind)
    sent = StaffSent(kind=kind, title=title[:MAX_TITLE_CHARACTERS], material_id=material_id)
    return _record(follow, sent, token=token, now=now)


def _record(follow: Follow, payload: Payload, *, token: UUID, now: datetime) -> bool:
    event = NewEvent(
        payload=payload,
        key=f"{payload.type}:{follow.pk}:{token}",
        identity_id=follow.identity_id,
        occurred_at=now,
        staff_id=follow.staff_id,
        source=SOURCE,
    )
    return record_event(event, now=now)
