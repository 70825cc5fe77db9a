import http.client
import time
from collections.abc import Iterator

import pytest

from sandbox.client import SimClient, SimError
from sandbox.testing import SandboxThread
from tests.sandbox.receiver import Receiver
from tests.sandbox.wecom import FIRST, VIP, Wecom

PATH = "externalcontact/remark"


def remark(scrm: Wecom, text: str) -> int:
    return scrm.code("remark", userid="zhangsan", external_userid=FIRST, remark=text)


def current(sim: SimClient) -> str:
    relations = sim.customer(FIRST)["relations"]
    return next(str(row["remark"]) for row in relations if row["userid"] == "zhangsan")


def fault(sim: SimClient, mode: str, **words: object) -> None:
    sim.set_faults({"match": PATH, "mode": mode, **words})


@pytest.fixture
def raw(box: SandboxThread, scrm: Wecom) -> Iterator[http.client.HTTPConnection]:
    """A connection that gives up after 0.2 seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", box.config.port, timeout=0.2)
    yield connection
    connection.close()


def attempt(raw: http.client.HTTPConnection, scrm: Wecom, text: str) -> http.client.HTTPResponse:
    body = f'{{"userid":"zhangsan","external_userid":"{FIRST}","remark":"{text}"}}'
    raw.request("POST", f"/cgi-bin/{PATH}?access_token={scrm.token}", body.encode())
    return raw.getresponse()


def eventually(sim: SimClient, text: str) -> bool:
    """Whether the remark becomes `text` while the simulator still works on the call."""
    deadline = time.monotonic() + 3
    while current(sim) != text:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize(
    ("mode", "errcode", "is_executed"),
    [
        ("minus_one", -1, False),
        ("minus_one_executed", -1, True),
        ("busy_6000", 6000, False),
        ("rate_45009", 45009, False),
        ("concurrency_45033", 45033, False),
    ],
)
def test_error_answers(
    sim: SimClient, scrm: Wecom, mode: str, errcode: int, is_executed: bool
) -> None:
    fault(sim, mode)
    assert remark(scrm, "改") == errcode
    assert (current(sim) == "改") is is_executed


@pytest.mark.parametrize(
    ("mode", "is_executed"), [("http_502", False), ("http_502_executed", True)]
)
def test_bad_gateway_is_a_page(
    sim: SimClient,
    scrm: Wecom,
    raw: http.client.HTTPConnection,
    mode: str,
    is_executed: bool,
) -> None:
    fault(sim, mode)
    answer = attempt(raw, scrm, "x")
    assert (answer.status, answer.getheader("content-type")) == (502, "text/html")
    assert (current(sim) == "x") is is_executed


@pytest.mark.parametrize(("mode", "is_executed"), [("timeout", False), ("timeout_executed", True)])
def test_time_out_before_and_after_execution(
    sim: SimClient,
    scrm: Wecom,
    raw: http.client.HTTPConnection,
    mode: str,
    is_executed: bool,
) -> None:
    fault(sim, mode)
    with pytest.raises(TimeoutError):
        attempt(raw, scrm, "x")
    raw.close()
    assert (current(sim) == "x") is is_executed


def test_late_execution_lands_after_the_client_gave_up(
    sim: SimClient, scrm: Wecom, raw: http.client.HTTPConnection
) -> None:
    fault(sim, "late_execution", seconds=0.1)
    with pytest.raises(TimeoutError):
        attempt(raw, scrm, "late")
    assert current(sim) == "林女士-A01"
    raw.close()
    assert eventually(sim, "late")


def test_half_answer_breaks_off(
    sim: SimClient, scrm: Wecom, raw: http.client.HTTPConnection
) -> None:
    fault(sim, "half_answer")
    with pytest.raises(http.client.IncompleteRead):
        attempt(raw, scrm, "half").read()
    assert current(sim) == "half"


@pytest.mark.parametrize(("mode", "is_executed"), [("reset", False), ("reset_executed", True)])
def test_reset_cuts_the_connection(
    sim: SimClient,
    scrm: Wecom,
    raw: http.client.HTTPConnection,
    mode: str,
    is_executed: bool,
) -> None:
    fault(sim, mode)
    with pytest.raises(ConnectionError):
        attempt(raw, scrm, "cut")
    assert (current(sim) == "cut") is is_executed


def test_rule_applies_as_often_as_told(sim: SimClient, scrm: Wecom) -> None:
    fault(sim, "busy_6000", times=2)
    assert [remark(scrm, "x") for _ in range(4)] == [6000, 6000, 0, 0]
    assert sim.call("GET", "faults")["rules"][0]["hits"] == 2


def test_rule_applies_to_matching_paths_only(sim: SimClient, scrm: Wecom) -> None:
    sim.set_faults({"match": "externalcontact/mark_*", "mode": "busy_6000"})
    assert remark(scrm, "x") == 0
    pair = {"userid": "zhangsan", "external_userid": FIRST}
    assert scrm.code("mark_tag", **pair, add_tag=[VIP]) == 6000


def test_probability_is_seeded(sim: SimClient) -> None:
    runs = []
    for _ in range(2):
        sim.seed("fixture", seed=7)
        scrm = Wecom(sim, "sandbox-secret-scrm")
        fault(sim, "busy_6000", probability=0.5)
        runs.append([remark(scrm, "x") for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {0, 6000}


@pytest.mark.parametrize(
    "rule",
    [{"match": "*", "mode": "explode"}, {"match": "callback", "mode": "timeout"}, {"mode": "x"}],
)
def test_unknown_rules_are_refused(sim: SimClient, rule: dict[str, str]) -> None:
    with pytest.raises(SimError, match=" 400 "):
        sim.set_faults(rule)


def test_log_tells_fault_and_execution(sim: SimClient, scrm: Wecom) -> None:
    fault(sim, "minus_one_executed")
    remark(scrm, "x")
    entry = sim.requests(path=PATH)[-1]
    assert (entry["fault"], entry["executed"]) == ("minus_one_executed", True)


def add(sim: SimClient, count: int) -> list[str]:
    return list(sim.bulk_add(count, member="zhangsan")["external_userids"])


def arrived(sim: SimClient, receiver: Receiver) -> list[str]:
    assert sim.drain_callbacks(5)["drained"]
    return [got.field("ExternalUserID") for got in receiver.received]


def test_dropped_callbacks_never_arrive(sim: SimClient, receiver: Receiver) -> None:
    sim.set_faults({"match": "callback", "mode": "drop", "times": 2})
    ids = add(sim, 5)
    assert sorted(arrived(sim, receiver)) == sorted(ids[2:])
    assert sim.callbacks()["counts"]["dropped"] == 2


def test_doubled_callbacks_arrive_twice_with_one_text(sim: SimClient, receiver: Receiver) -> None:
    sim.set_faults({"match": "callback:add_external_contact", "mode": "duplicate"})
    (only,) = add(sim, 1)
    assert arrived(sim, receiver) == [only, only]
    first, second = receiver.received
    assert first.plain == second.plain
    assert first.body != second.body


def test_shuffled_callbacks_all_arrive_in_another_order(sim: SimClient, receiver: Receiver) -> None:
    sim.set_faults({"match": "callback", "mode": "reorder", "seconds": 0.2})
    ids = add(sim, 30)
    got = arrived(sim, receiver)
    assert sorted(got) == sorted(ids)
    assert got != ids


def test_delayed_callback_is_overtaken(sim: SimClient, receiver: Receiver) -> None:
    sim.set_faults({"match": "callback", "mode": "delay", "seconds": 0.2, "times": 1})
    late, quick = add(sim, 2)
    assert arrived(sim, receiver) == [quick, late]


def test_short_pages_can_be_a_fault(sim: SimClient, scrm: Wecom) -> None:
    sim.set_faults({"match": "externalcontact/batch/*", "mode": "short_pages"})
    answer = scrm.ext("batch/get_by_user", userid_list=["zhangsan", "lisi"], limit=4)
    assert 0 < len(answer["external_contact_list"]) < 4
    assert answer["next_cursor"]
