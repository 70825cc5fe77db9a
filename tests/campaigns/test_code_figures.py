"""What a channel code brought, how much of it left again, and who may see which part of it."""

from datetime import timedelta

import pytest

from campaigns.selectors.code_figures import CodeFigures, figures_of, is_ill, is_quiet
from campaigns.selectors.code_story import (
    CodeDay,
    CodeStaff,
    PeopleFilter,
    days_of,
    people_of,
    staff_split_of,
    stages_of,
)
from common.clock import local_date
from customers.models import Profile
from customers.selectors.periods import start_of
from org.models import User
from tests.campaigns.friends import bring, days_ago
from tests.campaigns.world import make_code
from tests.makers import CORP_ID, NOW, make_app, make_corp, make_staff, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_adds_and_losses_are_counted_over_those_who_had_the_time_to_leave(
    django_assert_num_queries,
):
    code, empty = make_code(), make_code(state="B01")
    viewer = make_user()
    bring(code, added_at=days_ago(0.5), stayed=HOUR)
    bring(code, added_at=days_ago(3))
    bring(code, added_at=days_ago(3), stayed=HOUR)
    bring(code, added_at=days_ago(10), stayed=3 * 24 * HOUR)
    bring(code, added_at=days_ago(10), stayed=8 * 24 * HOUR)
    bring(code, added_at=days_ago(200), stayed=HOUR)

    with django_assert_num_queries(1):
        figures = figures_of([code, empty], viewer=viewer, now=NOW)

    assert figures == {
        code.pk: CodeFigures(
            added_count=6,
            friend_count=1,
            week_added_count=3,
            last_added_at=days_ago(0.5),
            day_cohort_count=4,
            day_lost_count=1,
            week_cohort_count=2,
            week_lost_count=1,
        ),
        empty.pk: CodeFigures(),
    }
    assert (figures[code.pk].day_loss_ratio, figures[empty.pk].day_loss_ratio) == (0.25, None)


def test_another_corp_with_the_same_state_is_another_channel():
    code = make_code()
    elsewhere = make_code(make_app(make_corp("wwOTHER", "别家"), slug="other"))
    bring(elsewhere)

    figures = figures_of([code, elsewhere], viewer=make_user(), now=NOW)

    assert [figures[code.pk].added_count, figures[elsewhere.pk].added_count] == [0, 1]
    assert code.corp.corp_id == CORP_ID


def test_rates_say_nothing_of_few_and_speak_up_for_many():
    few = CodeFigures(day_cohort_count=19, day_lost_count=19)
    at_limit = CodeFigures(day_cohort_count=100, day_lost_count=8)
    above = CodeFigures(day_cohort_count=100, day_lost_count=9)
    week = CodeFigures(week_cohort_count=100, week_lost_count=16)
    assert [one.is_day_loss_high for one in (few, at_limit, above, week)] == [
        False,
        False,
        True,
        False,
    ]
    assert week.is_week_loss_high


def test_a_code_is_ill_when_quiet_leaking_or_not_at_wecom():
    code = make_code(created_at=days_ago(8))
    young = make_code(state="B01", created_at=days_ago(6))
    alive = CodeFigures(week_added_count=1)
    leaking = CodeFigures(week_added_count=1, day_cohort_count=50, day_lost_count=10)
    assert is_quiet(code, CodeFigures(), now=NOW)
    assert not is_quiet(young, CodeFigures(), now=NOW)
    assert is_ill(code, leaking, now=NOW)
    assert not is_ill(code, alive, now=NOW)
    code.is_in_step = False
    assert is_ill(code, alive, now=NOW)
    code.is_enabled = False
    assert not is_ill(code, alive, now=NOW)


def test_days_staff_and_stages_tell_one_story(django_assert_num_queries):
    code = make_code()
    viewer = make_user()
    zhangsan, lisi = code.staff.get(), make_staff("lisi", code.corp)
    kept = bring(code, added_at=NOW)
    bring(code, added_at=days_ago(2), stayed=48 * HOUR, staff=lisi)
    bring(code, added_at=days_ago(40), stayed=39 * 24 * HOUR)
    Profile.objects.filter(customer_id=kept.identity.customer_id).update(stage="first")

    with django_assert_num_queries(3):
        days = days_of(code, viewer=viewer, days=3, now=NOW)
        staff = staff_split_of(code, viewer=viewer, days=3, now=NOW)
        stages = stages_of(code, viewer=viewer, days=3, now=NOW)

    today = local_date(NOW)
    assert days == [
        CodeDay(today - timedelta(days=2), 1, 0),
        CodeDay(today - timedelta(days=1), 0, 1),
        CodeDay(today, 1, 1),
    ]
    assert staff == [
        CodeStaff(zhangsan.pk, "zhangsan", False, 1, 1, 0),
        CodeStaff(lisi.pk, "lisi", False, 1, 0, 1),
    ]
    assert stages == {"first": 1, "potential": 1}


def test_every_number_has_its_people():
    code = make_code()
    viewer = make_user()
    lisi = make_staff("lisi", code.corp)
    kept = bring(code, added_at=NOW)
    lost = bring(code, added_at=days_ago(2), stayed=48 * HOUR, staff=lisi)
    old = bring(code, added_at=days_ago(40))
    Profile.objects.filter(customer_id=kept.identity.customer_id).update(stage="first")
    since = start_of(3, now=NOW)

    def people(**wanted: object) -> list[int]:
        rows = people_of(code, PeopleFilter(**wanted), viewer=viewer)
        return [row.pk for row in rows]

    assert people() == [kept.pk, lost.pk, old.pk]
    assert people(since=since) == [kept.pk, lost.pk]
    assert people(added_on=local_date(NOW)) == [kept.pk]
    assert people(lost_on=local_date(NOW)) == [lost.pk]
    assert people(is_lost=True) == [lost.pk]
    assert people(is_friend=True) == [kept.pk, old.pk]
    assert people(cohort=(NOW, 3 * 24 * HOUR)) == [lost.pk]
    assert people(cohort=(NOW, 24 * HOUR)) == []
    assert people(staff_id=lisi.pk) == [lost.pk]
    assert people(stage="first") == [kept.pk]


def test_a_code_shared_with_another_department_shows_each_their_own():
    code = make_code()
    lisi = make_staff("lisi", code.corp)
    code.staff.add(lisi)
    bring(code)
    mine = bring(code, staff=lisi)
    viewer = make_user("lisi", User.Role.STAFF, lisi)

    assert figures_of([code], viewer=viewer, now=NOW)[code.pk].added_count == 1
    assert [row.pk for row in people_of(code, PeopleFilter(), viewer=viewer)] == [mine.pk]
    assert [day.added_count for day in days_of(code, viewer=viewer, days=1, now=NOW)] == [1]
    assert len(staff_split_of(code, viewer=viewer, days=1, now=NOW)) == 1
