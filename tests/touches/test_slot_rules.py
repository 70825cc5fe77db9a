"""Caps, quotas, loads and deferral as the slot planner counts and writes them."""

from datetime import timedelta

import pytest

from customers.models import Customer, Identity, Profile
from tests.makers import make_corp, make_person
from tests.touches.slot_world import (
    NOW,
    SLOT,
    befriend,
    cap,
    local,
    make_friend,
    make_seller,
    plan,
    set_caps,
    set_rules,
    slot,
    states,
    touch_plan,
)
from touches.models import CapRule, ContactLedger, Dispatch, EffectLog, SendingRules, Touch
from touches.selectors.rules import cap_rules, default_rules, forget_rules, sending_rules

pytestmark = pytest.mark.django_db
TASK = Touch.Lane.TASK
PROMOTION = Touch.Purpose.PROMOTION
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _rules():
    set_rules()
    set_caps()
    yield
    forget_rules()


def spend(touch: Touch, *, state: str = "spent") -> None:
    """Let the place of a touch be what became of it."""
    ContactLedger.objects.filter(touch_id=touch.pk).update(state=state)


def test_quiet_hours_move_a_task_to_the_morning_and_say_so():
    staff = make_seller()
    late = local("2026-11-24 22:30")
    [touch] = plan(touch_plan("j:1", make_friend(staff), staff, lane=TASK, due_at=late,
                              valid_for=DAY))  # fmt: skip
    assert slot(late).rulings == {"defer": 1}
    assert states([touch]) == ["planned"]
    assert touch.due_at == local("2026-11-25 09:00")
    assert touch.reason == "静默时段，顺延至 11-25 09:00"
    assert touch.valid_until == late + DAY
    assert EffectLog.objects.filter(touch=touch, to_state="planned", detail=touch.reason).exists()
    assert slot(late).rulings == {}
    assert slot(touch.due_at).rulings == {"queue": 1}
    assert states([touch]) == ["queued"]
    assert (touch.reason, touch.dispatch.deadline_at) == ("", local("2026-11-25 22:00"))


def test_a_better_touch_takes_the_place_and_is_named(rung):
    set_caps(cap("count", limit=1, days=1, lanes=["M"]))
    staff = make_seller()
    person = make_friend(staff)
    worse, better = plan(
        touch_plan("j:1", person, staff, priority=Touch.Priority.SCHEDULED),
        touch_plan("j:2", person, staff, content={"text": "更急"}),
    )
    assert slot().rulings == {"queue": 1, "suppress": 1}
    assert states([worse, better]) == ["suppressed", "queued"]
    assert (worse.winner_id, worse.finished_at) == (better.pk, NOW)
    later = local("2026-11-24 12:35")
    [third] = plan(touch_plan("j:3", person, staff, due_at=later))
    slot(later)
    assert states([third]) == ["suppressed"]
    assert third.winner_id == better.pk
    assert ContactLedger.objects.count() == 1


def test_a_released_place_is_free_again():
    set_caps(cap("count", limit=1, days=1, lanes=["M"]))
    staff = make_seller()
    person = make_friend(staff)
    [first] = plan(touch_plan("j:1", person, staff))
    slot()
    spend(first, state="released")
    [second] = plan(touch_plan("j:2", person, staff))
    slot()
    assert states([second]) == ["queued"]


def test_two_identities_of_one_person_are_counted_together():
    set_caps(cap("count", limit=1, days=7, lanes=["M"]))
    staff = make_seller()
    one, two = make_friend(staff), make_friend(staff)
    [first] = plan(touch_plan("j:1", one, staff))
    slot()
    spend(first)
    Identity.objects.filter(pk=two.identity_id).update(customer_id=one.customer_id)
    Customer.objects.filter(pk=two.customer_id).update(merged_into=one.customer_id)
    [second] = plan(touch_plan("j:2", two, staff, due_at=SLOT + DAY))
    slot(NOW + DAY)
    assert states([second]) == ["suppressed"]
    assert second.winner_id == first.pk


def test_wecom_counts_each_corp_alone():
    ours, theirs = make_corp(), make_corp("wwOTHER", "另一家")
    for corp in (ours, theirs):
        corp.mass_quota = "day_1"
        corp.save()
    here, there = make_seller(), make_seller("wangwu", theirs)
    person = make_friend(here)
    other = befriend(make_person(corp=theirs), there)
    Identity.objects.filter(pk=other.identity_id).update(customer_id=person.customer_id)
    touches = plan(
        touch_plan("j:1", person, here),
        # The anchor is the other corp's identity; it reaches them through their own.
        touch_plan("j:2", person, there),
        touch_plan("j:3", person, here, content={"text": "第二条"}, purpose=Touch.Purpose.SERVICE),
    )
    slot()
    assert states(touches) == ["queued", "queued", "suppressed"]
    assert touches[2].winner_id == touches[0].pk
    places = ContactLedger.objects.order_by("touch_id").values_list("corp_id", "identity_id")
    assert list(places) == [(ours.pk, person.identity_id), (theirs.pk, other.identity_id)]


def test_what_was_reserved_yesterday_and_may_still_leave_counts_today():
    corp = make_corp()
    corp.mass_quota = "day_1"
    corp.save()
    staff = make_seller()
    person = make_friend(staff)
    first, second = plan(
        touch_plan("j:1", person, staff, valid_for=timedelta(hours=30)),
        touch_plan("j:2", person, staff, due_at=SLOT + DAY),
    )
    slot()
    slot(NOW + DAY)
    assert states([first, second]) == ["queued", "suppressed"]
    spend(first)
    [third] = plan(touch_plan("j:3", person, staff, due_at=SLOT + DAY))
    slot(NOW + DAY)
    assert states([third]) == ["queued"]


@pytest.mark.parametrize("field", ["last_added_at", "last_order_at"])
def test_the_profile_protects(field):
    set_caps(cap("after_add", hours=72), cap("after_order", hours=168))
    staff = make_seller()
    person = make_friend(staff)
    Profile.objects.filter(customer_id=person.customer_id).update(**{field: NOW - 2 * DAY})
    promotion, care = plan(
        touch_plan("j:1", person, staff, purpose=PROMOTION),
        touch_plan("j:2", person, staff, purpose=Touch.Purpose.CARE, content={"text": "好吗"}),
    )
    slot()
    assert states([promotion, care]) == ["suppressed", "queued"]


def test_tasks_above_the_days_load_roll_once_and_then_expire():
    set_rules(tasks_a_staff_a_day=1)
    staff = make_seller()
    touches = plan(*(touch_plan(f"j:{n}", make_friend(staff), staff, lane=TASK) for n in range(3)))
    assert slot(SLOT).rulings == {"queue": 1, "roll": 2}
    assert states(touches) == ["queued", "planned", "planned"]
    assert [(t.due_at, t.rolled_count) for t in touches[1:]] == [(SLOT + DAY, 1)] * 2
    assert touches[1].valid_until == SLOT + DAY + timedelta(hours=8)
    assert slot(SLOT + DAY).rulings == {"queue": 1, "expire": 1}
    assert states(touches) == ["queued", "queued", "expired"]
    assert touches[2].finished_at == SLOT + DAY


def test_what_never_reached_the_staff_member_costs_no_load():
    set_rules(tasks_a_staff_a_day=1)
    staff = make_seller()
    plan(touch_plan("j:1", make_friend(staff), staff, lane=TASK))
    slot(SLOT)
    Dispatch.objects.update(state="refused")
    [second] = plan(touch_plan("j:2", make_friend(staff), staff, lane=TASK))
    slot(SLOT)
    assert states([second]) == ["queued"]


def test_taps_of_a_day_are_counted_over_its_slots():
    set_rules(mass_a_staff_a_day=2)
    staff = make_seller()
    times = ["2026-11-24 10:05", "2026-11-24 12:35", "2026-11-24 20:05", "2026-11-25 10:05"]
    touches = plan(
        *(
            touch_plan(f"j:{n}", make_friend(staff), staff, due_at=local(at))
            for n, at in enumerate(times)
        )
    )
    for at in times[:3]:
        slot(local(at))
        Dispatch.objects.update(first_sent_at=NOW)
    assert states(touches) == ["queued", "queued", "planned", "planned"]
    assert touches[2].due_at == local("2026-11-25 20:05")
    slot(local(times[3]))
    assert states(touches)[3] == "queued"


def test_the_rules_that_come_with_the_product(django_assert_num_queries):
    CapRule.objects.all().delete()
    SendingRules.objects.all().delete()
    forget_rules()
    with django_assert_num_queries(2):
        assert sending_rules().slot_times == default_rules().slot_times
        assert cap_rules() == ()
        assert sending_rules().pk == 1


def test_a_rule_that_is_switched_off_is_not_read():
    set_caps(cap("gap", hours=1), cap("gap", hours=2, is_enabled=False))
    assert [rule.hours for rule in cap_rules()] == [1]
