"""For whoever is not in a journey it is told why, test by test, condition by condition."""

from datetime import timedelta

import pytest

from customers.events import FriendAdded, LinkOpened, OrderPaid
from customers.models import Customer
from sop.models import JourneyRun
from sop.selectors.explain import explain
from sop.services.publishing import create_journey, pause
from tests.makers import NOW, make_event, make_person
from tests.sop.world import FRIEND_ADDED, GREETING, befriend, happen, later, live, program, record

pytestmark = pytest.mark.django_db
BOUGHT = {"field": "order_count", "op": ">=", "value": 1}


def ask(person, journey, now=NOW):
    return explain(Customer.objects.get(pk=person.customer_id), journey, now=now)


def found(condition):
    return [(one.depth, one.text, one.is_met, one.actual) for one in condition.findings]


def test_without_an_entry_event_it_says_so_and_tests_the_present():
    entry = {"events": [FRIEND_ADDED], "when": {"all": [BOUGHT, {"not": {"tag": "猫"}}]}}
    told = ask(make_person(), live(raw=program(entry=entry)))

    assert told.answer == "没有进入：从未发生触发行为「添加好友」；现在判定：进入条件不成立。"
    assert (told.entry_tests, told.runs) == ((), ())
    assert told.entry_now.is_possible is False
    assert found(told.entry_now.condition) == [
        (0, "全部成立", False, ""),
        (1, "正装订单数 ≥ 1", False, "0"),
        (1, "不成立才算", True, ""),
        (2, "有标签「猫」", False, "没有"),
    ]


def test_whoever_would_come_in_now_is_told_by_what():
    told = ask(make_person(), live())

    assert told.entry_now.is_possible
    assert told.entry_now.reason == "条件成立，等待发生「添加好友」时进入"
    assert told.entry_now.reentry == "每位客户只进入一次"


def test_a_late_event_was_refused():
    journey, person = live(), make_person()
    happen(person, FriendAdded(), at=later(hours=-25), now=NOW)

    told = ask(person, journey)

    (test,) = told.entry_tests
    assert (test.is_in, test.reason) == (False, "行为晚到超过 24 小时")
    assert (test.event.label, test.event.occurred_at) == ("添加好友", later(hours=-25))
    assert told.answer == "没有进入：行为晚到超过 24 小时（2026-11-22 11:00）。"


def test_a_refusal_by_condition_keeps_the_values_of_its_moment():
    journey = live(raw=program(entry={"events": [FRIEND_ADDED], "when": BOUGHT}))
    person = befriend()
    happen(person, OrderPaid(order_no="A", amount_fen=100), at=later(hours=1))

    told = ask(person, journey, later(hours=1))

    assert [test.reason for test in told.entry_tests] == [
        "进入条件不成立：正装订单数 ≥ 1（实际 0）"
    ]
    assert told.entry_now.is_possible
    assert found(told.entry_now.condition) == [(0, "正装订单数 ≥ 1", True, "1")]


def test_a_refusal_by_reentry_stands_beside_the_run():
    journey = live()
    person = befriend()
    JourneyRun.objects.update(state="done", reason="走完", due_at=None, ended_at=later(hours=1))
    befriend(person, at=later(days=1))

    told = ask(person, journey, later(days=1))

    assert [(test.is_in, test.reason) for test in told.entry_tests] == [
        (False, "已进入过,只进入一次"),
        (True, "符合进入条件"),
    ]
    assert told.entry_tests[1].run_id == told.runs[0].id
    assert told.entry_now.reason == "已进入过,只进入一次"
    assert told.answer == "进入过（第 1 版），于 2026-11-22 12:00 走完：走完。"


def test_an_event_with_another_content_says_what_was_asked_for():
    entry = {"events": [{"event": "link_opened", "where": {"purpose": "promotion"}}]}
    journey, person = live(raw=program(entry=entry)), make_person()
    opened = LinkOpened(link_code="c", material_id=1, title="换粮", purpose="knowledge", visit="v")
    happen(person, opened)

    (test,) = ask(person, journey).entry_tests

    assert (test.tested_at, test.is_in) == (None, False)
    assert test.reason == "行为内容不符合触发条件：要求目的 = 促销，实际 干货"


def test_what_happened_before_the_publication_did_not_count():
    person = befriend()
    journey = live(now=later(hours=1))

    assert [test.reason for test in ask(person, journey, later(hours=2)).entry_tests] == [
        "那时旅程还没有发布"
    ]


def test_an_event_that_still_waits_is_told_apart(monkeypatch):
    journey, person = live(), make_person()
    monkeypatch.setattr("tests.sop.world.dispatch_due", lambda **_: None)
    record(make_event(person, FriendAdded()), now=NOW)

    assert [test.reason for test in ask(person, journey).entry_tests] == ["行为还在等待处理"]


def test_a_paused_journey_lets_nobody_in():
    journey = live()
    pause(journey.pk, now=NOW)
    person = befriend(at=later(minutes=1))
    journey.refresh_from_db()

    told = ask(person, journey, later(minutes=2))

    assert told.entry_now.reason == "旅程已暂停，没有人能进入"
    assert told.entry_tests[0].reason == "那时旅程已暂停，或当时的版本没有这个触发行为"


def test_a_draft_has_let_nobody_in():
    journey = create_journey(code="D", name="草稿", program=program(), now=NOW)

    told = ask(befriend(), journey)

    assert (told.answer, told.version, told.entry_now) == ("没有进入：旅程还没有发布。", None, None)


def test_imported_history_leaves_no_trace_and_that_is_said():
    entry = {"events": [FRIEND_ADDED], "when": BOUGHT}
    journey, person = live(raw=program(GREETING, entry=entry)), make_person()
    event = make_event(person, FriendAdded())
    record(event.__class__(**{**_fields(event), "source": "import"}), now=NOW)

    assert [test.reason for test in ask(person, journey).entry_tests] == [
        "导入或同步的历史行为，未通过判定，不留记录"
    ]


def test_a_scan_is_named_with_its_time():
    journey = live(raw=program(entry={"scan_at": "09:30", "when": BOUGHT}))

    told = ask(make_person(), journey)

    assert told.entry_now.scan == "每日 09:30 扫描"
    assert told.answer.startswith("没有进入：每日扫描还没有选中这位客户")


def _fields(event):
    return {name: getattr(event, name) for name in event.__dataclass_fields__}


def test_events_since_some_time_are_counted_as_of_now():
    opened = {"event": "link_opened", "since": "7d", "count": 1}
    journey = live(raw=program(entry={"events": [FRIEND_ADDED], "when": opened}))
    person = befriend()
    article = LinkOpened(link_code="c", material_id=1, title="t", purpose="care", visit="v")
    happen(person, article, at=later(days=1))

    assert found(ask(person, journey, later(days=2)).entry_now.condition) == [
        (0, "近 7 天「打开素材」至少 1 次", True, "1 次")
    ]
    assert found(ask(person, journey, NOW + timedelta(days=9)).entry_now.condition) == [
        (0, "近 7 天「打开素材」至少 1 次", False, "0 次")
    ]
