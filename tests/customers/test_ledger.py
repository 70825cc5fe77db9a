"""The ledger keeps each key once and one customer's events in order."""

from datetime import UTC, datetime

import pytest

from customers.errors import BadEventPayload, DerivedTooDeep, UnknownEventType
from customers.events import (
    EVENT_TYPES,
    CustomerMessaged,
    FriendAdded,
    OrderPaid,
    from_json,
    to_json,
)
from customers.models import Customer, Event, EventKey, Identity, Profile, QueuedEvent
from customers.services.identities import find_identities, resolve_identities
from customers.services.ledger import SHARD_COUNT, NewEvent, record_event, record_events
from tests.makers import NOW, make_event, make_person

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_queued_and_keyed() -> None:
    person = make_person()
    assert record_event(make_event(person, CustomerMessaged(text_length=3), key="k1"), now=NOW)
    event = Event.objects.get()
    assert (event.type, event.key, event.payload) == ("customer_messaged", "k1", {"text_length": 3})
    assert (event.customer_id, event.identity_id) == (person.customer_id, person.identity_id)
    assert (event.occurred_at, event.recorded_at, event.depth) == (NOW, NOW, 0)
    queued = QueuedEvent.objects.get()
    assert (queued.event_id, queued.customer_id) == (event.id, person.customer_id)
    assert queued.shard == person.customer_id % SHARD_COUNT


def test_a_repeated_key_is_one_event_also_within_a_batch() -> None:
    person, other = make_person(), make_person()
    first = [make_event(person, key="same"), make_event(other, key="same"), make_event(other)]
    assert record_events(first, now=NOW) == 2
    assert record_events([make_event(other, key="same")], now=NOW) == 0
    assert Event.objects.count() == EventKey.objects.count() == QueuedEvent.objects.count() == 2
    assert Event.objects.get(key="same").identity_id == person.identity_id


def test_ids_follow_the_order_of_the_batch() -> None:
    person = make_person()
    record_events([make_event(person, key=f"k{n}") for n in range(50)], now=NOW)
    keys = list(Event.objects.order_by("id").values_list("key", flat=True))
    assert keys == [f"k{n}" for n in range(50)]


def test_an_event_outside_every_month_lands_in_the_default_partition() -> None:
    person = make_person()
    long_ago = datetime(2011, 5, 1, tzinfo=UTC)
    assert record_event(make_event(person, occurred_at=long_ago), now=NOW)
    assert Event.objects.get().occurred_at == long_ago


def test_a_chain_of_derived_events_ends() -> None:
    person = make_person()
    event = NewEvent(FriendAdded(), "deep", person.identity_id, NOW, None, "derived", depth=5)
    with pytest.raises(DerivedTooDeep):
        record_event(event, now=NOW)
    assert not Event.objects.exists()


def test_payloads_refuse_what_they_do_not_know() -> None:
    with pytest.raises(BadEventPayload, match="colour"):
        from_json("order_paid", {"order_no": "1", "amount_fen": 1, "colour": "red"})
    with pytest.raises(BadEventPayload, match="amount_fen"):
        from_json("order_paid", {"order_no": "1"})
    with pytest.raises(BadEventPayload, match="amount_fen must be int"):
        from_json("order_paid", {"order_no": "1", "amount_fen": "12"})
    with pytest.raises(UnknownEventType):
        from_json("teleported", {})


def test_every_type_reads_back_what_it_wrote() -> None:
    paid = OrderPaid(order_no="A1", amount_fen=12900, sku="猫粮")
    assert from_json("order_paid", to_json(paid)) == paid
    assert all(cls.type == name for name, cls in EVENT_TYPES.items())


def test_a_hostile_text_is_kept_without_what_the_database_cannot_hold() -> None:
    person = make_person()
    hostile = OrderPaid(order_no="\x00A\ud800\\u0000", amount_fen=1, title="🐱<script>")
    record_event(make_event(person, hostile), now=NOW)
    payload = Event.objects.get().payload
    assert payload["order_no"] == "A\\u0000"
    assert payload["title"] == "🐱<script>"


def test_unknown_values_become_customers_once() -> None:
    values = ["wmA", "wmB", "wmA", ""]
    first = resolve_identities(namespace="wecom:x", values=values, source="test", now=NOW)
    again = resolve_identities(namespace="wecom:x", values=values, source="test", now=NOW)
    assert first == again
    assert set(first) == {"wmA", "wmB"}
    assert Customer.objects.count() == Identity.objects.count() == Profile.objects.count() == 2
    assert find_identities(namespace="wecom:y", values=["wmA"]) == {}
