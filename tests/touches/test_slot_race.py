"""Any number of workers: no cap is overrun, no quiet hour is broken."""

import random
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from common.clock import SHANGHAI, local_date
from customers.models import Identity
from tests.makers import make_corp
from tests.touches.slot_world import (
    befriend,
    cap,
    local,
    make_person,
    make_seller,
    set_caps,
    set_rules,
    touch_plan,
)
from touches.models import ContactLedger, Dispatch, EffectLog, Touch
from touches.quota import quota_window
from touches.selectors.rules import forget_rules
from touches.services import slot_reading, slots
from touches.services.plan import plan_touches
from wecom.models.corp import MassQuota

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4
DAYS = 90
FIRST_DAY = local("2026-11-02 00:00")
CAPS = (
    ("count", {"limit": 2, "days": 1, "lanes": ["M"]}),
    ("count", {"limit": 8, "days": 7}),
    ("count", {"limit": 2, "days": 7, "purposes": ["promotion"]}),
    ("gap", {"hours": 30, "purposes": ["promotion"]}),
)
MASS_A_DAY, TASKS_A_DAY = 2, 2
HOURS = (1, 9, 10, 12, 13, 20, 21, 23)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    forget_rules()


class Workers:
    """Workers with a thread and a connection each, who see to different staff members.

    So they meet at the rows of the customers whom the staff members share.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pools = [ThreadPoolExecutor(1) for _ in range(WORKERS)]
        self._try_loads = slot_reading._try_loads
        self._numbers: dict[int, int] = {}
        for number, pool in enumerate(self._pools):
            pool.submit(self._enter, number).result()
        monkeypatch.setattr(slot_reading, "_try_loads", self._part)

    def _enter(self, number: int) -> None:
        self._numbers[threading.get_ident()] = number

    def _part(self, buckets: Iterable[int]) -> set[int]:
        mine = self._numbers[threading.get_ident()]
        return self._try_loads(bucket for bucket in buckets if bucket % WORKERS == mine)

    def slot(self, now: datetime) -> None:
        """Let all of them run the planner at once."""
        runs = [pool.submit(slots.slot_due, now=now, budget_seconds=5.0) for pool in self._pools]
        for run in runs:
            run.result()

    def leave(self) -> None:
        for pool in self._pools:
            pool.submit(lambda: connection.close()).result()  # noqa: PLW0108 - the thread's own
            pool.shutdown()


def pairs_of_four_corps() -> list[tuple[Any, Any]]:
    """One corp a quota mode, two sellers each; everybody is a customer of two corps."""
    pairs, people = [], []
    for number, mode in enumerate(MassQuota.values):
        corp = make_corp(f"wwRACE{number}", mode)
        corp.mass_quota = mode
        corp.save()
        sellers = [make_seller(f"seller{number}{letter}", corp) for letter in "ab"]
        people += [befriend(make_person(corp=corp), *sellers) for _ in range(2)]
        pairs += [(person, seller) for person in people[-2:] for seller in sellers]
    for one, two in zip(people[:4], people[4:], strict=True):
        Identity.objects.filter(pk=two.identity_id).update(customer_id=one.customer_id)
    return pairs


def plan_a_day(day: datetime, hour: int, pairs: list[tuple[Any, Any]], rng: random.Random) -> None:
    purposes = [Touch.Purpose.KNOWLEDGE, Touch.Purpose.PROMOTION]
    lanes = [Touch.Lane.MASS, Touch.Lane.MASS, Touch.Lane.TASK]
    plans = []
    for number in range(rng.randint(12, 24)):
        person, staff = rng.choice(pairs)
        plans.append(
            touch_plan(
                f"{day:%y%m%d}:{hour}:{number}",
                person,
                staff,
                lane=(lane := rng.choice(lanes)),
                due_at=day + timedelta(hours=hour, minutes=5),
                valid_for=timedelta(hours=rng.choice([4, 24, 40])),
                content={"text": rng.choice("甲乙丙")} if lane == Touch.Lane.MASS else None,
                purpose=rng.choice(purposes),
                priority=rng.choice([20, 30, 40]),
            )
        )
    plan_touches(plans, now=day)


def send_or_not(rng: random.Random, now: datetime) -> None:
    """Let some of the open places be spent now, some be released, and calls leave."""
    places = ContactLedger.objects.filter(state="reserved").order_by("touch_id")
    fates: dict[str, list[int]] = {"released": [], "spent": []}
    for place in places.select_related("touch"):
        fate = rng.random()
        if place.touch.valid_until <= now or fate < 0.15:
            fates["released"].append(place.touch_id)
        elif fate < 0.7 and now >= place.counted_at:
            fates["spent"].append(place.touch_id)
    places.filter(touch_id__in=fates["released"]).update(state="released")
    places.filter(touch_id__in=fates["spent"]).update(
        state="spent", counted_at=now, counted_on=local_date(now)
    )
    Dispatch.objects.filter(first_sent_at=None).update(first_sent_at=now)


def overruns() -> list[str]:
    """Return every promise that the ledger breaks."""
    customers = dict(Identity.objects.values_list("id", "customer_id"))
    places = list(ContactLedger.objects.exclude(state="released").select_related("corp"))
    found: list[str] = []
    windows: Counter[tuple[int, date]] = Counter()
    limits: dict[tuple[int, date], int] = {}
    for place in places:
        if place.lane == "M":
            window = quota_window(place.corp.mass_quota, place.counted_on)
            windows[place.identity_id, window.first] += 1
            limits[place.identity_id, window.first] = window.limit
    found += [f"quota {key}: {n}" for key, n in windows.items() if n > limits[key]]
    for kind, values in CAPS:
        rule = cap(kind, **values)
        by_person: dict[int, list[ContactLedger]] = {}
        for place in places:
            if place.lane in rule.lanes and (not rule.purposes or place.purpose in rule.purposes):
                by_person.setdefault(customers[place.identity_id], []).append(place)
        for person, mine in by_person.items():
            mine.sort(key=lambda place: place.counted_at)
            found += [f"{rule.name}: {person} {text}" for text in _broken(rule, mine)]
    return found


def _broken(rule: Any, mine: list[ContactLedger]) -> Iterator[str]:
    for index, place in enumerate(mine):
        if rule.kind == "gap" and index:
            apart = place.counted_at - mine[index - 1].counted_at
            if apart < timedelta(hours=rule.hours):
                yield f"{apart} apart"
        if rule.kind == "count":
            last = place.counted_on
            first = last - timedelta(days=rule.days - 1)
            inside = sum(first <= other.counted_on <= last for other in mine)
            if inside > rule.limit:
                yield f"{inside} until {last}"


def broken_hours_and_loads() -> list[str]:
    found = []
    loads: Counter[tuple[str, ...]] = Counter()
    for key, sent_at in Dispatch.objects.values_list("key", "available_at"):
        at = sent_at.astimezone(SHANGHAI)
        if not 9 <= at.hour < 22:
            found.append(f"{key} at {at}")
        kind, staff, rest = key.split(":", 2)
        loads[kind, staff, rest[:10]] += 1
    limits = {"mass": MASS_A_DAY, "task": TASKS_A_DAY}
    return found + [f"load {key}: {n}" for key, n in loads.items() if n > limits[key[0]]]


def live(workers: Workers, pairs: list[tuple[Any, Any]], rng: random.Random) -> None:
    """Plan, race and send for ninety days."""
    for number in range(DAYS):
        day, hour = FIRST_DAY + timedelta(days=number), rng.choice(HOURS)
        plan_a_day(day, hour, pairs, rng)
        now = day + timedelta(hours=hour, minutes=rng.choice([0, 5, 40]))
        workers.slot(now)
        send_or_not(rng, now + timedelta(minutes=rng.choice([1, 30])))


def empty() -> None:
    ContactLedger.objects.all().delete()
    Touch.objects.all().delete()
    Dispatch.objects.all().delete()


@settings(
    max_examples=2,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_nothing_is_overrun_in_ninety_days(monkeypatch, seed):
    rng = random.Random(seed)
    set_rules(mass_a_staff_a_day=MASS_A_DAY, tasks_a_staff_a_day=TASKS_A_DAY)
    set_caps(*(cap(kind, **values) for kind, values in CAPS))
    pairs = pairs_of_four_corps()
    with monkeypatch.context() as patch:
        workers = Workers(patch)
        try:
            live(workers, pairs, rng)
        finally:
            workers.leave()
    queued = ContactLedger.objects.count()
    assert (overruns(), broken_hours_and_loads()) == ([], [])
    assert queued > 100
    assert EffectLog.objects.filter(to_state="suppressed").exists()
    empty()
