"""Once round the loop over real HTTP, with real workers: each thing happens once, and in order.

A customer scans a channel code; every callback comes twice, some late. They are welcomed, the staff
member gets one task and closes it, the customer reads the article, the staff member hears of it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.loop.conftest import STATE
from tests.loop.phone import Phone
from tests.system import System

pytestmark = pytest.mark.slow

STAFF = "zhangsan"
DOUBLED = {"match": "callback", "mode": "duplicate"}
LATE_HALF = {"match": "callback", "mode": "reorder", "probability": 0.5, "seconds": 1.5}


def test_once_round_the_loop(system: System) -> None:
    go_round(system, handle="小环")


def test_only_bells_are_lost_when_redis_forgets_everything(system: System) -> None:
    with bells_lost(system):
        go_round(system, handle="小静")


def go_round(system: System, handle: str) -> None:
    since = max((entry["id"] for entry in system.sim.outbox()), default=0)
    system.sim.set_faults(LATE_HALF, DOUBLED)
    scanned = system.sim.act("scan_contact_way", state=STATE, customer=handle, name=handle)
    who = scanned["external_userid"]
    system.wait(lambda: welcomes(system, who), "the customer's welcome")
    assert cards(system, since) == []
    system.pass_time(60)
    system.wait(lambda: cards(system, since), "the staff member's task card")
    (card,) = cards(system, since)
    task_id = card["template_card"]["task_id"]
    # Callbacks tell whole seconds; the pause keeps the order exact.
    system.pass_time(5)
    system.sim.act("click_card", member=STAFF, key="done", task_id=task_id)
    system.wait(lambda: "staff_task_done" in told(system, who), "the click in the ledger")

    _greeting, article = welcomes(system, who)
    with Phone(who) as phone:
        assert "7 天换粮表" in phone.open(article["link"]["url"])
        system.wait(lambda: alert_messages(system, since), "the alert")
        system.pass_time(45)
        phone.read(seconds=12, depth=40)
        phone.read(seconds=12, depth=40)
        phone.read(seconds=40, depth=95, final=True)
    system.wait(lambda: is_at_rest(system), "rest")
    system.sim.clear_faults()
    check(system, who, handle, since)


def check(system: System, who: str, handle: str, since: int) -> None:
    assert [timeline_row(row) for row in timeline(system, who)] == [
        ("friend_added", "callback", {"state": STATE}),
        ("touch_sent", "touch", {"lane": "W"}),
        ("touch_sent", "touch", {"lane": "T"}),
        ("staff_task_done", "callback", {"title": "问候新朋友"}),
        ("link_opened", "link", {"title": "7 天换粮表"}),
        ("link_dwelled", "link", {"seconds": 12, "total_seconds": 12}),
        ("link_dwelled", "link", {"seconds": 28, "total_seconds": 40}),
        ("link_completed", "link", {"total_seconds": 40}),
    ]
    namespaces = system.query(
        """SELECT identity.namespace, identity.customer_id FROM customers_identity identity
            WHERE identity.customer_id = (SELECT customer_id FROM customers_identity
                                           WHERE value = %s) ORDER BY 1""",
        [who],
    )
    spaces = [row["namespace"] for row in namespaces]
    assert spaces == ["unionid:wechat", "wecom:ww1234567890abcdef"]
    # One welcome is a text and a link.
    assert [part["msgtype"] for part in welcomes(system, who)] == ["text", "link"]
    assert welcomes(system, who)[0]["text"] == {"content": "您好，我是张三。"}
    assert len(cards(system, since)) == 1
    assert len(alert_messages(system, since)) == 1
    assert alert_messages(system, since)[0]["textcard"]["title"] == f"{handle} 打开了你的素材"
    customer_id = namespaces[0]["customer_id"]
    told = system.query(
        "SELECT kind, title FROM org_alert WHERE customer_id = %s ORDER BY id", [customer_id]
    )
    assert [alert["kind"] for alert in told] == ["new_friend", "read"]
    assert told[1]["title"] == f"{handle} 打开了你的素材"
    (relation,) = system.sim.customer(who)["relations"]
    assert (relation["remark"], relation["tags"]) == (
        "门店 A01的客人",
        ["etTESTtag00000000000000000000001"],
    )
    assert system.differences([("lisi", "wmTESTexternal000000000000000003")]) == []
    assert system.sim.report()["unknown_fields"] == {}


def timeline(system: System, who: str) -> list[dict[str, Any]]:
    return system.query(
        """SELECT event.type, event.source, event.payload FROM customers_event event
             JOIN customers_identity identity ON identity.id = event.identity_id
            WHERE identity.value = %s ORDER BY event.occurred_at, event.id""",
        [who],
    )


def timeline_row(row: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Only what says something here."""
    shown = {
        "friend_added": ("state",),
        "touch_sent": ("lane",),
        "staff_task_done": ("title",),
        "link_opened": ("title",),
        "link_dwelled": ("seconds", "total_seconds"),
        "link_completed": ("total_seconds",),
    }
    names = shown.get(row["type"], ())
    return row["type"], row["source"], {name: row["payload"][name] for name in names}


def told(system: System, who: str) -> list[str]:
    return [row["type"] for row in timeline(system, who)]


def welcomes(system: System, who: str) -> list[dict[str, Any]]:
    return [entry["payload"] for entry in system.sim.outbox(to=who, kind="welcome")]


def staff_messages(system: System, since: int) -> list[dict[str, Any]]:
    entries = system.sim.outbox(since=since, to=STAFF, kind="app_message")
    return [entry["payload"] for entry in entries]


def cards(system: System, since: int) -> list[dict[str, Any]]:
    return [body for body in staff_messages(system, since) if "template_card" in body]


def alert_messages(system: System, since: int) -> list[dict[str, Any]]:
    return [body for body in staff_messages(system, since) if "textcard" in body]


def is_at_rest(system: System) -> bool:
    return (
        system.sim.callbacks()["pending"] == 0
        and system.count("wecom_callbackreceipt", "state = 'new'") == 0
        and system.count("customers_queuedevent") == 0
        and system.count("customers_refreshrequest") == 0
        and system.count("touches_dispatch", "state IN ('pending', 'sending')") == 0
    )


@contextmanager
def bells_lost(system: System) -> Iterator[None]:
    """Empty Redis twice a second."""
    over = threading.Event()

    def flush() -> None:
        while not over.wait(0.5):
            system.flush_redis()

    thread = threading.Thread(target=flush)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
