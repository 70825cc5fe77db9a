"""The daily scan lets in everybody for whom the condition holds, once a day."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common import sql
from common.clock import SHANGHAI
from customers.events import EVENT_TYPES, OrderPaid
from customers.models import Profile
from sop.models import Journey, JourneyRun
from sop.program.conditions import FIELDS, evaluate, parse_condition
from sop.program.parsing import parse_program
from sop.selectors.facts import Asked, read_facts
from sop.selectors.scan_sql import prefilter
from sop.services import scanning
from sop.services.scanning import scan_due
from tests.makers import NOW, make_person
from tests.sop.world import befriend, happen, later, live, program

pytestmark = pytest.mark.django_db
ASLEEP = {
    "all": [
        {"field": "relation", "value": "friend"},
        {"field": "order_count", "op": ">=", "value": 1},
        {"field": "days_since_last_order", "op": ">", "value": 60},
    ]
}
PAUSE = {"id": "pause", "type": "wait", "for": {"days": 1}}
TEN = datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI)


def scan(now=TEN):
    return scan_due(now=now, budget_seconds=10)


def sleeper(days=62):
    person = befriend(at=later(days=-days - 1))
    happen(person, OrderPaid(order_no=f"N{person.identity_id}", amount_fen=1), at=later(days=-days))
    return person


def journey(**over):
    entry = {"scan_at": "09:40", "when": ASLEEP, "reentry": {"policy": "once"}} | over
    return live(raw=program(PAUSE, entry=entry))


def test_sleepers_enter_and_nobody_else():
    journey()
    asleep, awake, stranger = sleeper(), sleeper(days=3), befriend()
    assert scan() == 1
    run = JourneyRun.objects.get()
    assert (run.identity_id, run.priority) == (asleep.identity_id, 30)
    assert {awake.identity_id, stranger.identity_id}.isdisjoint({run.identity_id})


def test_nothing_happens_before_the_hour_and_nothing_twice_a_day():
    journey(reentry={"policy": "after_exit", "gap_hours": 0})
    sleeper()
    assert scan(TEN - timedelta(hours=1)) == 0
    assert scan() == 1
    JourneyRun.objects.update(state="done", due_at=None, ended_at=NOW)
    assert scan(TEN + timedelta(hours=1)) == 0
    assert scan(TEN + timedelta(days=1)) == 1


def test_a_scan_goes_on_where_it_stood(monkeypatch):
    monkeypatch.setattr(scanning, "BATCH_CUSTOMERS", 2)
    journey()
    for _ in range(5):
        sleeper()
    scan_due(now=TEN, budget_seconds=0)
    assert JourneyRun.objects.count() == 0
    assert scan() == 5
    row = Journey.objects.get()
    assert (row.scan_after, row.scanned_on) == (0, TEN.date())


def test_a_paused_journey_is_not_scanned():
    journey()
    sleeper()
    Journey.objects.update(state="paused")
    assert scan() == 0


def _fields():
    numbers = [name for name, kind in FIELDS.items() if kind is int]
    number = st.builds(
        lambda field, op, value: {"field": field, "op": op, "value": value},
        st.sampled_from([*numbers, "days_since_last_order", "days_since_last_open"]),
        st.sampled_from(["=", "!=", ">", ">=", "<", "<="]),
        st.integers(-1, 3),
    )
    word = st.builds(
        lambda field, value: {"field": field, "op": "in", "value": value},
        st.sampled_from(["stage", "relation"]),
        st.lists(st.sampled_from(["friend", "lost", "potential", "first"]), min_size=1),
    )
    event = st.just({"event": "link_opened", "count": 2})
    return st.recursive(
        st.one_of(number, word, event, st.just({"tag": "猫"})),
        lambda inner: st.one_of(
            st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda part: {"not": part}, inner),
        ),
        max_leaves=6,
    )


@settings(max_examples=150, deadline=None)
@given(raw=_fields(), orders=st.integers(0, 2), days=st.integers(0, 2), is_ever=st.booleans())
def test_sql_lets_through_everybody_for_whom_the_condition_holds(raw, orders, days, is_ever):
    person = make_person("wmSCAN")
    Profile.objects.filter(pk=person.customer_id).update(
        order_count=orders, last_order_at=NOW - timedelta(days=days) if is_ever else None
    )
    condition = parse_condition(raw, event_types=EVENT_TYPES)
    read = parse_program(program(entry={"scan_at": "00:00", "when": raw}), event_types=EVENT_TYPES)
    facts = read_facts(read, [Asked(person.customer_id, 1, since=NOW)], now=NOW)[0]
    text, params = prefilter(condition, now=NOW)
    query = f"SELECT {text} FROM customers_profile profile WHERE customer_id = %s"  # noqa: S608
    passes = bool(sql.fetch_value(query, [*params, person.customer_id]))
    holds = evaluate(condition, facts, NOW)
    assert passes or not holds
    if "event" not in str(raw):
        assert passes == holds
