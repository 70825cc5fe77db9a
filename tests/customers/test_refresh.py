"""The refresher reads what callbacks named: once, again if asked meanwhile, later if it must."""

from datetime import timedelta

import pytest

from common import clock, sql
from customers.models import Follow, RefreshRequest
from customers.services import refresh
from customers.services.refresh import refresh_due
from customers.services.refresh_requests import request_refresh
from tests.wire import Wire

LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
BEFORE_US = {("lisi", "wmTESTexternal000000000000000003")}
CUSTOMER = RefreshRequest.Kind.CUSTOMER


def ask(wire: Wire, *keys: str, kind: RefreshRequest.Kind = CUSTOMER) -> None:
    request_refresh(corp_pk=wire.corp.pk, kind=kind, keys=keys, now=clock.now())


def calls(wire: Wire, path: str = "externalcontact/get") -> int:
    return len(wire.sim.requests(path=path))


def test_requests_for_one_customer_fold_into_one_call(wire: Wire) -> None:
    wire.sync()
    before = calls(wire)
    for _ in range(5):
        ask(wire, LIN, LIN, CHEN)
    assert RefreshRequest.objects.get(key=LIN).version == 5
    assert wire.refresh() == 2
    assert calls(wire) - before == 2
    assert wire.is_at_rest()


def test_a_change_during_the_call_is_read_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sync()
    wire.pass_time(60)
    read = refresh.read_customer
    remarks = iter(["迟到的备注"])

    def read_slowly(client, external_userid):
        answer = read(client, external_userid)
        for remark in remarks:
            wire.act("edit_remark", customer="c-0001", member="zhangsan", remark=remark)
            ask(wire, LIN)
        return answer

    monkeypatch.setattr(refresh, "read_customer", read_slowly)
    ask(wire, LIN)
    wire.refresh()
    assert Follow.objects.get(staff__userid="zhangsan", identity__value=LIN).remark == "迟到的备注"
    assert wire.is_at_rest()


def test_a_customer_nobody_has_any_more_loses_every_relation(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    ask(wire, CHEN)
    wire.refresh()
    assert Follow.objects.get(identity__value=CHEN).status == "staff_deleted"
    assert wire.is_at_rest()


@pytest.mark.parametrize("mode", ["minus_one", "http_502", "rate_45009", "reset", "half_answer"])
def test_what_could_not_be_read_is_read_later(wire: Wire, mode: str) -> None:
    wire.sync()
    wire.act("edit_remark", customer="c-0001", member="zhangsan", remark="新")
    wire.sim.set_faults({"match": "externalcontact/get", "mode": mode})
    ask(wire, LIN)
    assert wire.refresh() == 0
    waiting = RefreshRequest.objects.get()
    assert waiting.due_at > clock.now()
    assert (waiting.lease_until, waiting.attempts, bool(waiting.last_error)) == (None, 1, True)
    wire.sim.clear_faults()
    _forget_pauses()
    refresh_due(now=waiting.due_at + timedelta(seconds=1), budget_seconds=5)
    assert Follow.objects.get(staff__userid="zhangsan", identity__value=LIN).remark == "新"
    assert wire.is_at_rest()


def _forget_pauses() -> None:
    """WeCom's closed minute passes in no time."""
    sql.execute("DELETE FROM wecom_apipause")


def test_one_that_fails_does_not_hold_up_the_others(wire: Wire) -> None:
    wire.sync()
    wire.act("edit_remark", customer="c-0002", member="zhangsan", remark="新")
    wire.sim.set_faults({"match": "externalcontact/get", "mode": "minus_one", "times": 1})
    ask(wire, LIN)
    wire.refresh()
    ask(wire, CHEN)
    assert wire.refresh() == 1
    assert Follow.objects.get(identity__value=CHEN).remark == "新"
    assert RefreshRequest.objects.get().key == LIN


def test_a_request_held_by_a_killed_worker_is_free_after_its_lease(wire: Wire) -> None:
    wire.sync()
    ask(wire, LIN)
    RefreshRequest.objects.update(lease_until=clock.now() + timedelta(seconds=60))
    assert wire.refresh() == 0
    RefreshRequest.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert wire.refresh() == 1


def test_contacts_tags_and_groups_are_read_on_request(wire: Wire) -> None:
    for kind, key in (("contacts", ""), ("tags", ""), ("group_chat", "no-such-group")):
        ask(wire, key, kind=RefreshRequest.Kind(kind))
    assert wire.refresh() == 3
    assert wire.is_at_rest()
    assert [line for line in wire.differences() if line.startswith(("member", "tag", "dep"))] == []
