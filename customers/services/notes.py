"""Notes that staff and operators write of a customer (跟进记录): events of the ledger."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from customers.errors import BadNote
from customers.events import NoteWritten
from customers.models import Customer, Follow
from customers.services.ledger import NewEvent, record_event
from org.models import User

MOST_CHARACTERS: Final = 1_000


def write_note(
    *, customer: Customer, text: str, author: User, note_id: UUID, now: datetime
) -> bool:
    """Write a note of a customer (写跟进记录); false when it was written already.

    One transaction.

    Args:
        customer: Already accessed through `access_customer`.
        note_id: Made with the form: sent twice, it is one note.

    Raises:
        BadNote: it says nothing, or more than anybody reads.
    """
    text = text.replace("\x00", "").strip()
    if not text:
        raise BadNote(_("写点什么再保存。"))
    if len(text) > MOST_CHARACTERS:
        raise BadNote(_("跟进记录最多 {most} 个字。").format(most=MOST_CHARACTERS))
    anchor = customer.identities.order_by("id").values_list("id", flat=True)
    own = Follow.objects.filter(identity__customer=customer, staff=author.staff_id or 0)
    followed = own.order_by("id").values_list("identity_id", flat=True).first()
    return record_event(
        NewEvent(
            payload=NoteWritten(text=text, author=str(author)),
            key=f"note:{note_id}",
            identity_id=followed or anchor[0],
            occurred_at=now,
            staff_id=author.staff_id,
            source="note",
        ),
        now=now,
    )
