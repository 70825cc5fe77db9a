"""What each figure counts, and that its list holds exactly those it counts."""

from datetime import timedelta

import pytest

from analytics.errors import UnknownFigure
from analytics.selectors import people
from analytics.selectors.counts import heat_counts, people_counts, source_counts, staff_people
from analytics.selectors.dashboard import dashboard
from analytics.selectors.intervals import difference
from analytics.selectors.people import Cut, people_behind
from analytics.selectors.periods import Period, preset
from analytics.selectors.scopes import Scope, departments_visible_to, scope_of
from customers import events as kinds
from customers.services.ledger import record_events
from org.models import User
from tests.analytics.world import COMPANY, TODAY, WEEK, at, fold, follow
from tests.makers import NOW, make_department, make_event, make_person, make_staff, make_user

pytestmark = pytest.mark.django_db

READ = kinds.LinkOpened("code", 1, "换粮表", "knowledge", "v")


def tell(person, payload, moment: str, staff=None) -> None:
    record_events([make_event(person, payload, occurred_at=at(moment), staff=staff)], now=NOW)


def names(figure: str, scope: Scope = COMPANY, **cut) -> set[int]:
    rows = people_behind(figure, scope=scope, period=WEEK, cut=Cut(**cut))
    return set(rows.values_list("pk", flat=True))


def test_the_funnel_narrows_from_added_to_read_to_replied() -> None:
    staff = make_staff()
    quiet, reader, talker = (make_person() for _ in range(3))
    for person in (quiet, reader, talker):
        tell(person, kinds.FriendAdded(), "2026-11-20 10:00", staff)
    tell(quiet, READ, "2026-11-19 10:00", staff)  # before they were added
    tell(reader, READ, "2026-11-20 11:00", staff)
    tell(talker, READ, "2026-11-21 11:00", staff)
    tell(talker, kinds.StaffMarked("replied"), "2026-11-20 12:30", staff)
    tell(reader, kinds.StaffMarked("interested"), "2026-11-20 18:00", staff)
    fold()

    counts = people_counts(COMPANY, WEEK)

    assert (counts.added, counts.added_read, counts.added_replied) == (3, 2, 1)
    assert names("added_read") == {reader.customer_id, talker.customer_id}
    assert names("added_replied") == {talker.customer_id}
    assert (counts.handled, counts.handling) == (2, timedelta(hours=5, minutes=15))
    assert names("added_handled") == {reader.customer_id, talker.customer_id}


def test_who_left_tells_by_whom() -> None:
    staff = make_staff()
    deleting, dropped, back = (make_person() for _ in range(3))
    for person in (deleting, dropped, back):
        tell(person, kinds.FriendAdded(), "2026-11-01 10:00", staff)
    tell(deleting, kinds.FriendRemovedByCustomer(), "2026-11-20 10:00", staff)
    tell(dropped, kinds.FriendRemovedByStaff(), "2026-11-20 11:00", staff)
    tell(back, kinds.FriendRemovedByCustomer(), "2026-11-20 12:00", staff)
    tell(back, kinds.FriendAdded(), "2026-11-21 12:00", staff)
    fold()

    counts = people_counts(COMPANY, WEEK)

    assert (counts.lost, counts.lost_by_customer, counts.lost_by_staff, counts.added) == (
        2,
        1,
        1,
        0,
    )
    assert names("lost") == {deleting.customer_id, dropped.customer_id}
    assert names("lost_by_customer") == {deleting.customer_id}


def test_a_friend_of_another_department_is_new_to_this_one() -> None:
    shop, office = make_staff("shop"), make_staff("office")
    person = make_person()
    tell(person, kinds.FriendAdded(), "2026-10-01 10:00", office)
    tell(person, kinds.FriendAdded(), "2026-11-20 10:00", shop)
    fold()

    assert names("added") == set()
    assert names("added", Scope((shop.pk,), None)) == {person.customer_id}
    assert staff_people(COMPANY, WEEK) == {shop.pk: {"added": 1}}


def test_sources_tell_who_stayed() -> None:
    staff = make_staff()
    stays, leaves, other = (make_person() for _ in range(3))
    for person, state in ((stays, "shop"), (leaves, "shop"), (other, "")):
        tell(person, kinds.FriendAdded(state=state), "2026-11-20 10:00", staff)
    tell(leaves, kinds.FriendRemovedByCustomer(), "2026-11-21 09:59", staff)
    fold()

    found = {one.state: (one.added, one.gone) for one in source_counts(COMPANY, WEEK)}

    assert found == {"shop": (2, 1), "": (1, 0)}
    assert names("added", source="shop") == {stays.customer_id, leaves.customer_id}
    assert names("added_gone", source="shop") == {leaves.customer_id}
    assert names("added", source="") == {other.customer_id}


def test_the_heat_of_an_hour_opens_on_who_was_active_in_it() -> None:
    staff, night, noon = make_staff(), make_person(), make_person()
    tell(night, READ, "2026-11-20 23:30", staff)  # a Friday
    tell(noon, READ, "2026-11-13 12:10", staff)
    tell(noon, kinds.CustomerMessaged(3), "2026-11-20 12:50", staff)
    tell(noon, READ, "2026-10-20 12:50", staff)  # too long ago
    fold()

    assert heat_counts(COMPANY, until=TODAY) == {(5, 23): 1, (5, 12): 1}
    assert names("active", weekday=5, hour=12) == {noon.customer_id}
    assert names("active") == {night.customer_id, noon.customer_id}


def test_departments_see_their_own() -> None:
    mine, other = make_department(), make_department(wecom_id=3)
    boss = make_staff("boss", department=mine, is_leader=True)
    seller, stranger = make_staff("a", department=mine), make_staff("b", department=other)
    own, foreign = make_person(), make_person()
    tell(own, kinds.FriendAdded(), "2026-11-20 10:00", seller)
    tell(foreign, kinds.FriendAdded(), "2026-11-20 10:00", stranger)
    follow(seller, own)
    follow(stranger, foreign)
    fold()
    manager = make_user("boss", User.Role.MANAGER, boss)

    scope = scope_of(manager)

    assert set(scope.staff_ids) == {boss.pk, seller.pk}
    assert names("added", scope) == {own.customer_id}
    assert list(departments_visible_to(manager)) == [mine]
    operator = make_user()
    assert names("added", scope_of(operator)) == {own.customer_id, foreign.customer_id}
    assert names("added", scope_of(operator, other)) == {foreign.customer_id}
    assert set(departments_visible_to(operator)) == {mine, other}
    guide = make_user("guide", User.Role.STAFF, seller)
    assert names("added", scope_of(guide)) == {own.customer_id}
    assert list(departments_visible_to(guide)) == []


def test_a_figure_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownFigure):
        people.rows_behind("gmv", scope=COMPANY, period=WEEK)


def test_presets_are_whole_days() -> None:
    assert preset("today", today=TODAY) == Period(TODAY, TODAY)
    assert preset("yesterday", today=TODAY).last == TODAY - timedelta(days=1)
    week = preset("7d", today=TODAY)
    assert (week, week.days, week.before.last) == (WEEK, 7, WEEK.first - timedelta(days=1))
    assert (week.start, week.end) == (at("2026-11-16 00:00"), at("2026-11-23 00:00"))
    assert len(list(week)) == 7


def test_no_difference_is_told_of_few() -> None:
    assert difference(10, 100, 1, 29) is None
    found = difference(56, 70, 48, 80)
    assert found is not None
    # R. G. Newcombe (1998), table II, example (a), method 10.
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (
        0.2, 0.0524, 0.3339,
    )  # fmt: skip
    assert found.is_clear


@pytest.mark.parametrize("count", [1, 6])
def test_the_dashboard_costs_the_same_queries_however_much_happened(
    count: int, django_assert_num_queries
) -> None:
    for n in range(count):
        staff = make_staff(f"s{n}")
        tell(make_person(), kinds.FriendAdded(state=f"c{n}"), "2026-11-20 10:00", staff)
    fold()
    with django_assert_num_queries(30):
        found = dashboard(COMPANY, WEEK, now=NOW)
    assert (found.friends, found.friends_before, len(found.staff)) == (count, 0, count)
    assert len(found.series) == 30
