"""A note of a customer is an event of the ledger, written once."""

from uuid import UUID

import pytest

from customers.errors import BadNote
from customers.models import Event
from customers.services.notes import write_note
from tests.api.people import follow, make_named
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db
NOTE = UUID("00000000-0000-7000-8000-000000000001")


def test_a_note_stands_in_the_ledger_under_its_author() -> None:
    staff = make_staff("周宁")
    customer = make_named("小林")
    relation = follow(staff, customer)
    author = make_user("zhou", staff=staff)
    for _again in range(2):
        write_note(customer=customer, text=" 喜欢冻干 ", author=author, note_id=NOTE, now=NOW)
    event = Event.objects.get()
    assert (event.type, event.payload) == ("note_written", {"text": "喜欢冻干", "author": "zhou"})
    assert (event.identity_id, event.staff_id) == (relation.identity_id, staff.pk)


@pytest.mark.parametrize("text", ["", " \x00 ", "长" * 1_001])
def test_a_note_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        write_note(
            customer=make_named("小林"), text=text, author=make_user(), note_id=NOTE, now=NOW
        )
    assert Event.objects.count() == 0
