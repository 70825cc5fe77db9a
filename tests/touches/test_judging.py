"""Who gets a place: decisions over books, without a database."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from common.clock import local_date
from tests.touches.slot_world import cap, local
from touches.selectors.rules import default_rules
from touches.services.books import Books, Candidate, Contact, Person
from touches.services.judging import NOT_FRIENDS, SAME_TASK, TOO_LATE, Verdict, judge

SLOT = local("2026-11-24 10:05")
NOW = local("2026-11-24 10:00")


def candidate(touch_id: int = 1, **over: Any) -> Candidate:
    values: dict[str, Any] = {
        "customer_id": 1,
        "identity_id": 11,
        "corp_id": 1,
        "quota_mode": "month_days",
        "staff_id": 5,
        "lane": "M",
        "purpose": "knowledge",
        "priority": 20,
        "due_at": SLOT,
        "content_key": f"content {touch_id}",
    }
    values |= over
    values.setdefault("valid_until", values["due_at"] + timedelta(hours=8))
    return Candidate(touch_id=touch_id, **values)


def contact(at: datetime, touch_id: int = 90, **over: Any) -> Contact:
    values = {"identity_id": 11, "lane": "M", "purpose": "knowledge", "until": at} | over
    days = {"first_on": local_date(at), "last_on": local_date(values["until"])}
    return Contact(touch_id=touch_id, at=at, **days, **values)


def books_of(*contacts: Contact, person: Person | None = None) -> Books:
    books = Books()
    books.contacts[1] += contacts
    if person is not None:
        books.people[1] = person
    return books


def decide(*candidates: Candidate, books: Books | None = None, caps=(), now=NOW, **rules: Any):
    stored = default_rules()
    for name, value in rules.items():
        setattr(stored, name, value)
    return judge(candidates, books=books or Books(), rules=stored, caps=caps, now=now)


def words(verdicts: list[Verdict]) -> list[tuple[int, str, int | None]]:
    return [(one.candidate.touch_id, str(one.ruling), one.winner_id) for one in verdicts]


def test_a_task_is_sent_ahead_of_its_slot_and_not_after_quiet_hours_begin():
    [verdict] = decide(candidate(valid_until=SLOT + timedelta(days=1)))
    assert (verdict.ruling, verdict.moment, verdict.send_at) == ("queue", SLOT, NOW)
    assert verdict.leave_by == local("2026-11-24 22:00")


def test_a_task_made_in_quiet_hours_waits_for_their_end():
    early = candidate(due_at=local("2026-11-24 09:05"))
    [verdict] = decide(early, now=local("2026-11-24 08:55"))
    assert (verdict.ruling, verdict.send_at) == ("queue", local("2026-11-24 09:00"))


def test_what_is_over_expires():
    [verdict] = decide(candidate(valid_until=NOW, due_at=NOW - timedelta(hours=1)))
    assert (verdict.ruling, verdict.reason) == ("expire", TOO_LATE)


@pytest.mark.parametrize(
    ("lane", "hours", "ruling", "due_at"),
    [
        ("T", 12, "defer", "2026-11-25 09:00"),
        ("T", 9, "expire", "2026-11-24 23:00"),
        ("M", 12, "defer", "2026-11-25 10:05"),
        ("M", 11, "expire", "2026-11-24 23:00"),
    ],
)
def test_quiet_hours_defer_within_the_validity(lane, hours, ruling, due_at):
    due = local("2026-11-24 23:00")
    late = candidate(lane=lane, due_at=due, valid_until=due + timedelta(hours=hours))
    [verdict] = decide(late, now=due)
    assert (verdict.ruling, verdict.due_at) == (ruling, local(due_at))
    assert verdict.valid_until == late.valid_until


def test_an_answer_is_not_held_back_by_quiet_hours():
    due = local("2026-11-24 23:00")
    [verdict] = decide(candidate(lane="T", priority=10, due_at=due), now=due)
    assert (verdict.ruling, verdict.send_at) == ("queue", due)
    assert verdict.leave_by == due + timedelta(hours=8)


def test_a_missed_slot_is_used_late_on_its_day_and_replaced_on_the_next():
    late = candidate(valid_until=SLOT + timedelta(days=2))
    [same_day] = decide(late, now=local("2026-11-24 15:00"))
    [next_day] = decide(late, now=local("2026-11-25 15:00"))
    assert (same_day.ruling, same_day.moment) == ("queue", local("2026-11-24 15:00"))
    assert (next_day.ruling, next_day.due_at) == ("defer", local("2026-11-25 20:05"))


def test_strangers_and_impossible_ones():
    stranger = candidate(1, identity_id=None, obstacle="员工已离职")
    broken = candidate(2, obstacle="内容为空")
    verdicts = decide(stranger, broken)
    assert [(one.ruling, one.reason) for one in verdicts] == [
        ("suppress", NOT_FRIENDS),
        ("refuse", "内容为空"),
    ]


@pytest.mark.parametrize(
    ("mode", "days", "fits"),
    [
        ("day_1", ["2026-11-23"], True),
        ("day_1", ["2026-11-24"], False),
        ("week_7", [f"2026-11-{n}" for n in (17, 18, 19, 20, 21, 22, 23)], True),
        ("week_7", ["2026-11-23", *["2026-11-24"] * 6], False),
        ("month_4", [f"2026-10-{n}" for n in (28, 29, 30, 31)], True),
        ("month_4", [f"2026-11-{n}" for n in (10, 11, 12, 13)], False),
        ("month_days", [f"2026-11-{n:02}" for n in range(1, 24)] + ["2026-11-23"] * 6, True),
        ("month_days", [f"2026-11-{n:02}" for n in range(1, 24)] + ["2026-11-23"] * 7, False),
    ],
)
def test_wecoms_quota_in_all_its_modes(mode, days, fits):
    books = books_of(*(contact(local(f"{day} 12:00"), n) for n, day in enumerate(days)))
    [verdict] = decide(candidate(quota_mode=mode, purpose="service"), books=books)
    assert (verdict.ruling == "queue") is fits
    if not fits:
        assert verdict.reason.startswith("企业微信接收额度已用完")
        assert verdict.winner_id == len(days) - 1


def test_the_quota_is_the_identitys_and_knows_lane_m_only():
    at = local("2026-11-24 09:30")
    others = books_of(contact(at, identity_id=12), contact(at, lane="T"))
    [verdict] = decide(candidate(quota_mode="day_1"), books=others)
    assert verdict.ruling == "queue"
    [task] = decide(
        candidate(quota_mode="day_1", lane="T", due_at=NOW), books=books_of(contact(at))
    )
    assert task.ruling == "queue"


def test_what_may_still_be_sent_today_counts_today():
    yesterday = local("2026-11-23 20:05")
    open_one = contact(yesterday, until=yesterday + timedelta(days=1))
    [verdict] = decide(candidate(quota_mode="day_1"), books=books_of(open_one))
    assert (verdict.ruling, verdict.winner_id) == ("suppress", 90)


def test_a_count_goes_over_rolling_days_and_all_identities():
    rule = cap("count", limit=2, days=7, lanes=["M"])
    first = contact(local("2026-11-18 23:59"), 1, identity_id=12)
    before = contact(local("2026-11-17 23:59"), 2)
    other_lane = contact(NOW, 3, lane="T")
    near = contact(local("2026-11-23 10:05"), 4)
    [fits] = decide(candidate(7), books=books_of(first, before, other_lane), caps=[rule])
    [full] = decide(candidate(7), books=books_of(first, before, near), caps=[rule])
    assert fits.ruling == "queue"
    assert (full.ruling, full.winner_id) == ("suppress", 4)
    assert full.reason == f"已达频次上限：{rule.name}"


def test_purposes_that_a_rule_does_not_name_are_free():
    rule = cap("count", limit=1, days=7, purposes=["promotion"])
    [verdict] = decide(candidate(7), books=books_of(contact(NOW, purpose="promotion")), caps=[rule])
    assert verdict.ruling == "queue"


@pytest.mark.parametrize("purpose", ["service", "care"])
def test_what_customers_are_owed_is_never_capped_but_takes_its_place(purpose):
    rule = cap("count", limit=1, days=1)
    owed, other = candidate(7, purpose=purpose), candidate(8)
    verdicts = decide(owed, other, books=books_of(contact(NOW)), caps=[rule])
    assert words(verdicts) == [(7, "queue", None), (8, "suppress", 7)]


@pytest.mark.parametrize(("hours", "ruling"), [(71, "suppress"), (72, "queue")])
def test_a_gap_is_kept(hours, ruling):
    last = contact(SLOT - timedelta(hours=hours), lane="T")
    [verdict] = decide(candidate(), books=books_of(last), caps=[cap("gap", hours=72)])
    assert verdict.ruling == ruling


@pytest.mark.parametrize(("hours", "ruling"), [(71, "suppress"), (72, "queue")])
@pytest.mark.parametrize("kind", ["after_add", "after_order"])
def test_new_friends_and_buyers_are_spared(kind, hours, ruling):
    field = {"after_add": "last_added_at", "after_order": "last_order_at"}[kind]
    person = Person(**{field: SLOT - timedelta(hours=hours)})
    [verdict] = decide(candidate(), books=books_of(person=person), caps=[cap(kind, hours=72)])
    assert (verdict.ruling, verdict.winner_id) == (ruling, None)


def test_the_better_one_wins_inside_a_batch():
    rule = cap("count", limit=1, days=1)
    late, worse = candidate(1, due_at=SLOT + timedelta(minutes=5)), candidate(2, priority=30)
    first, second = candidate(3), candidate(4)
    verdicts = decide(late, worse, first, second, caps=[rule])
    assert words(verdicts) == [
        (3, "queue", None),
        (4, "suppress", 3),
        (1, "suppress", 3),
        (2, "suppress", 3),
    ]


def test_a_task_names_a_customer_once():
    verdicts = decide(candidate(1, content_key="a"), candidate(2, content_key="a"))
    assert words(verdicts) == [(1, "queue", None), (2, "suppress", 1)]
    assert verdicts[1].reason == SAME_TASK


def test_taps_are_counted_by_task_and_the_rest_rolls_one_day():
    crowd = [
        candidate(
            n, customer_id=n, identity_id=n, content_key="ab"[n % 2], priority=20 + 10 * (n % 2)
        )
        for n in range(1, 5)
    ]
    verdicts = decide(*crowd, mass_a_staff_a_day=1)
    assert words(verdicts) == [
        (2, "queue", None),
        (4, "queue", None),
        (1, "roll", None),
        (3, "roll", None),
    ]
    rolled = verdicts[2]
    assert (rolled.due_at, rolled.valid_until) == (
        SLOT + timedelta(days=1),
        crowd[0].valid_until + timedelta(days=1),
    )


def test_who_has_rolled_once_expires():
    books = Books()
    books.loads[5, "T", local_date(NOW)] = 15
    [verdict] = decide(candidate(lane="T", due_at=NOW, rolled_count=1), books=books)
    assert (verdict.ruling, verdict.reason) == (
        "expire",
        "员工每日1v1 任务上限 15，顺延后仍无空位",
    )


def test_what_was_due_long_ago_rolls_to_tomorrow_not_to_yesterday():
    books = Books()
    books.loads[5, "T", local_date(NOW)] = 15
    old = candidate(lane="T", due_at=NOW - timedelta(days=3), valid_until=NOW + timedelta(days=1))
    [verdict] = decide(old, books=books)
    assert (verdict.ruling, verdict.due_at) == ("roll", NOW + timedelta(days=1))
