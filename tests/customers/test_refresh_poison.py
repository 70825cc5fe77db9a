"""One answer that cannot be taken over waits alone; a hanging WeCom does not hold the worker."""

import threading
from datetime import timedelta

import pytest
from django.db import DataError, InterfaceError

from common import clock
from customers.models import Customer, Follow, GroupChat, RefreshRequest
from customers.services import refresh
from customers.services.facts import Answer, ContactFact, RelationFact, apply_answer
from customers.services.refresh import refresh_due
from customers.services.refresh_requests import request_refresh
from tests.wire import Wire
from wecom.errors import StaffUnreachable

LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
ZHOU = "wmTESTexternal000000000000000003"
CHAT = "wrTESTgroup000000000000000000001"
CUSTOMER = RefreshRequest.Kind.CUSTOMER


def ask(wire: Wire, *keys: str, kind: RefreshRequest.Kind = CUSTOMER) -> None:
    request_refresh(corp_pk=wire.corp.pk, kind=kind, keys=keys, now=clock.now())


def know_tags(wire: Wire) -> None:
    """Read the tag library, or the first customers would ask for it."""
    ask(wire, "", kind=RefreshRequest.Kind.TAGS)
    assert wire.refresh() == 1


def poison(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[int]:
    """Every answer with 小陈 in it fails; returns the sizes of what was tried."""
    tried: list[int] = []

    def apply(answer: Answer, **words: object) -> object:
        tried.append(len(answer.complete_for))
        if CHEN in answer.complete_for:
            raise error
        return apply_answer(answer, **words)

    monkeypatch.setattr(refresh, "apply_answer", apply)
    return tried


def test_the_answer_that_cannot_be_taken_over_waits_alone(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_tags(wire)
    tried = poison(monkeypatch, DataError("smallint out of range"))
    ask(wire, LIN, CHEN, ZHOU)
    assert wire.refresh() == 2
    assert tried == [3, 1, 1, 1]
    assert sorted(Follow.objects.values_list("identity__value", flat=True).distinct()) == [
        LIN,
        ZHOU,
    ]
    waiting = RefreshRequest.objects.get()
    assert (waiting.key, waiting.lease_until, waiting.attempts) == (CHEN, None, 1)
    assert waiting.last_error == "DataError: smallint out of range"
    assert timedelta(0) < waiting.due_at - clock.now() <= timedelta(seconds=2)


def test_the_wait_grows_to_an_hour_and_no_longer(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, DataError("bad"))
    ask(wire, CHEN)
    waits = []
    for attempts in (3, 30_000):
        RefreshRequest.objects.update(attempts=attempts, due_at=clock.now())
        wire.refresh()
        waits.append(round((RefreshRequest.objects.get().due_at - clock.now()).total_seconds()))
    assert waits == [16, 3_600]


def test_a_lost_connection_is_told_and_costs_nobody_a_try_alone(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = poison(monkeypatch, InterfaceError("connection already closed"))
    ask(wire, LIN, CHEN)
    with pytest.raises(InterfaceError):
        wire.refresh()
    assert tried == [2]
    assert list(RefreshRequest.objects.values_list("last_error", flat=True)) == ["", ""]


def test_numbers_that_no_column_holds_are_left_out(wire: Wire) -> None:
    when = clock.now()
    contact = ContactFact("wmA", "小安", 1, gender=70_000)
    relation = RelationFact("zhangsan", "wmA", when, add_way=-1)
    answer = Answer((contact,), (relation,))
    apply_answer(answer, corp=wire.corp, asked_at=when, now=when, source="sync")
    assert Customer.objects.get().gender == 0
    assert Follow.objects.get().add_way == 0


def test_no_reading_begins_after_the_budget_and_the_rest_is_given_back(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    begun: list[str] = []

    def read(_client: object, external_userid: str) -> Answer:
        begun.append(external_userid)
        hanging.wait(0.5)
        return Answer((), ())

    monkeypatch.setattr(refresh, "read_customer", read)
    keys = [f"wm{number:02d}" for number in range(20)]
    ask(wire, *keys)
    refresh_due(now=clock.now(), budget_seconds=0.1)
    assert len(begun) == refresh.READ_THREADS
    left = RefreshRequest.objects.all()
    assert sorted(row.key for row in left) == sorted(set(keys) - set(begun))
    assert {(row.lease_until, row.attempts) for row in left} == {(None, 0)}
    assert all(row.due_at <= clock.now() for row in left)


def test_the_threads_stay_from_batch_to_batch(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    know_tags(wire)
    read, names = refresh.read_customer, set()

    def note(client: object, external_userid: str) -> Answer:
        names.add(threading.get_ident())
        return read(client, external_userid)

    monkeypatch.setattr(refresh, "read_customer", note)
    for _ in range(4):
        ask(wire, LIN, CHEN, ZHOU)
        assert wire.refresh() == 3
    assert len(names) <= refresh.READ_THREADS
    assert refresh.process_threads() is refresh.process_threads()


def test_a_group_that_we_may_not_read_now_is_not_dismissed(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sync()

    def refuse(*_: object) -> None:
        raise StaffUnreachable("out of range", errcode=60011)

    monkeypatch.setattr(refresh, "read_group", refuse)
    ask(wire, CHAT, kind=RefreshRequest.Kind.GROUP_CHAT)
    assert wire.refresh() == 0
    assert not GroupChat.objects.get().is_dismissed
    assert "60011" in RefreshRequest.objects.get().last_error


def test_a_group_that_is_gone_is_dismissed(wire: Wire) -> None:
    wire.sync()
    wire.act("dismiss_group", chat_id=CHAT)
    ask(wire, CHAT, kind=RefreshRequest.Kind.GROUP_CHAT)
    assert wire.refresh() == 1
    assert GroupChat.objects.get().is_dismissed
