"""A new friend is in the staff member's list at once, once, and only while it is news."""

from datetime import timedelta

import pytest

from customers.events import FriendAdded
from customers.models import Customer
from customers.services.dispatcher import dispatch_due
from customers.services.ledger import record_events
from org.models import Alert
from scrm.loop import ROUTES
from tests.makers import NOW, make_event, make_person, make_staff
from touches.models import Dispatch

pytestmark = pytest.mark.django_db


def work() -> None:
    dispatch_due(routes=ROUTES, now=NOW, budget_seconds=10)


def test_a_new_friend_is_told_once_and_no_message_is_sent():
    staff, person = make_staff(), make_person()
    Customer.objects.filter(pk=person.customer_id).update(name="小林")
    event = make_event(person, FriendAdded(), key="added:1", staff=staff)
    for _ in range(2):
        record_events([event], now=NOW)
        work()

    alert = Alert.objects.get()
    assert (alert.key, alert.kind, alert.title) == (
        "new_friend:added:1",
        "new_friend",
        "新好友：小林",
    )
    assert (alert.staff, alert.customer_id) == (staff, person.customer_id)
    assert not Dispatch.objects.exists()


def test_a_customer_without_a_name_is_told_of_all_the_same():
    record_events([make_event(make_person(), FriendAdded(), staff=make_staff())], now=NOW)
    work()

    assert Alert.objects.get().title == "新好友：一位客户"


def test_the_past_and_leavers_are_not_told_of():
    gone = make_staff("gone")
    gone.left_at = NOW
    gone.save(update_fields=["left_at"])
    old = make_event(
        make_person(), FriendAdded(), staff=make_staff(), occurred_at=NOW - timedelta(hours=2)
    )
    record_events([old, make_event(make_person(), FriendAdded(), staff=gone)], now=NOW)
    work()

    assert not Alert.objects.exists()
