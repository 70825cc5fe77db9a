"""The customers list finds people by words, filters and order, page by page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.mobiles import digits_of, marks_of, masked
from customers.models import Customer, Follow, Profile
from customers.selectors import narrowing
from customers.selectors.listing import Page, ids_after, list_of, size_of
from tests.api.people import follow, make_named, tag
from tests.makers import NOW, make_staff

pytestmark = pytest.mark.django_db


def profile(customer: Customer, **values: object) -> Customer:
    Profile.objects.filter(pk=customer.pk).update(**values)
    return customer


def everybody():
    return Customer.objects.filter(merged_into=None)


@pytest.fixture(params=[0.0, 1e9], ids=["walked", "counted"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is found along the index of its order, or taken out of the reading of all."""
    monkeypatch.setattr("customers.selectors.listing.CHEAP_COST", request.param)


def page_of(customers, **asked) -> Page:
    return list_of(customers, **asked)[0]


def names(customers, words: str = "", order: str = "-added", **place) -> list[str]:
    page = page_of(customers, words=words, order=order, **place)
    known = dict(Customer.objects.values_list("id", "name"))
    return [known[one] for one in page.ids]


def remarked(customer: Customer, remark: str = "", *mobiles: str) -> Customer:
    relation = follow(make_staff(f"s{customer.pk}"), customer)
    Follow.objects.filter(pk=relation.pk).update(remark=remark, mobile_marks=marks_of(mobiles))
    return customer


def test_two_characters_find_a_name_and_a_remark() -> None:
    profile(make_named("林小满"), first_added_at=NOW)
    profile(remarked(make_named("Nemo"), "西湖店林小姐"), first_added_at=NOW - timedelta(days=1))
    make_named("小林")
    assert names(everybody(), "林小") == ["林小满", "Nemo"]


def test_one_who_is_found_in_two_ways_is_listed_once() -> None:
    remarked(make_named("林小满"), "林小满")
    assert names(everybody(), "小满") == ["林小满"]
    assert size_of(everybody(), words="小满").count == 1


@pytest.mark.parametrize("typed", ["5678", "45678", "13812345678"])
def test_the_tail_of_a_phone_finds_its_owner(typed: str) -> None:
    remarked(make_named("有手机"), "", "138 1234 5678", "+8613700001111")
    remarked(make_named("别人"), "", "13812340000")
    assert names(everybody(), typed) == ["有手机"]


def test_three_digits_are_no_tail() -> None:
    remarked(make_named("有手机"), "", "13812345678")
    assert names(everybody(), "678") == []


def test_a_uid_and_an_external_userid_find_one() -> None:
    customer = make_named("林小满")
    identity = customer.identities.get()
    assert names(everybody(), str(customer.uid)) == ["林小满"]
    assert names(everybody(), identity.value) == ["林小满"]


def test_words_that_mean_something_to_patterns_are_plain() -> None:
    make_named("100%棉")
    make_named("a_b")
    assert names(everybody(), "%") == ["100%棉"]
    assert names(everybody(), "_") == ["a_b"]


def test_each_filter_keeps_its_own() -> None:
    buyer = profile(
        make_named("买家", stage="repurchase"),
        order_amount_fen=120_000,
        first_added_at=NOW - timedelta(days=90),
        last_active_at=NOW - timedelta(days=61),
    )
    fresh = profile(make_named("新客"), first_added_at=NOW, last_active_at=NOW - timedelta(hours=1))
    lost = make_named("流失", relation="lost", stage="lost")
    staff = make_staff()
    follow(staff, buyer)
    follow(staff, lost, status="customer_deleted")
    carried = tag(fresh, "敏感肠胃")
    two_months = NOW - timedelta(days=60)
    kept = {
        "stage": narrowing.in_stages(everybody(), ["repurchase", "first"]),
        "relation": narrowing.of_relation(everybody(), "lost"),
        "staff": narrowing.friends_of(everybody(), staff.pk),
        "tag": narrowing.tagged(everybody(), carried.pk),
        "channel": narrowing.by_channel(everybody(), "chan1"),
        "active": narrowing.active_since(everybody(), NOW - timedelta(days=1)),
        "idle": narrowing.idle_since(everybody(), two_months),
        "added": narrowing.added(everybody(), since=two_months, until=NOW + timedelta(seconds=1)),
        "spent": narrowing.spent(everybody(), least_fen=120_000, most_fen=120_000),
    }
    assert {name: sorted(names(found)) for name, found in kept.items()} == {
        "stage": ["买家"],
        "relation": ["流失"],
        "staff": ["买家"],
        "tag": ["新客"],
        "channel": ["买家", "流失"],
        "active": ["新客"],
        "idle": ["买家"],
        "added": ["新客"],
        "spent": ["买家"],
    }


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("-added", ["丙", "乙", "甲", "丁"]),
        ("added", ["丁", "甲", "乙", "丙"]),
        ("-spend", ["甲", "丁", "丙", "乙"]),
        ("-active", ["乙", "甲", "丁", "丙"]),
        ("nonsense", ["丙", "乙", "甲", "丁"]),
    ],
)
@pytest.mark.usefixtures("both_ways")
def test_orders_put_who_never_was_last(order: str, expected: list[str]) -> None:
    for days, (name, fen, active) in enumerate(
        [("甲", 900, NOW - timedelta(days=2)), ("乙", 0, NOW), ("丙", 0, None)]
    ):
        profile(
            make_named(name),
            first_added_at=NOW + timedelta(days=days),
            order_amount_fen=fen,
            last_active_at=active,
        )
    profile(make_named("丁"), order_amount_fen=100)
    if order == "-active":
        Profile.objects.filter(customer__name="丁").update(last_active_at=NOW - timedelta(days=9))
    assert names(everybody(), order=order) == expected


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("words", ["", "客"])
@pytest.mark.parametrize("order", ["-added", "spend", "-active", "active"])
def test_pages_lead_forward_and_back_without_a_gap(words: str, order: str) -> None:
    for number in range(7):
        active_at = NOW + timedelta(minutes=20 * number) if number % 3 else None
        customer = make_named(f"客{number}")
        profile(customer, order_amount_fen=number // 2, last_active_at=active_at)
    whole = page_of(everybody(), words=words, order=order).ids
    first = page_of(everybody(), words=words, order=order, size=3)
    second = page_of(everybody(), words=words, order=order, size=3, after=first.after)
    third = page_of(everybody(), words=words, order=order, size=3, after=second.after)
    back = page_of(everybody(), words=words, order=order, size=3, before=second.before)
    assert first.ids + second.ids + third.ids == whole
    assert (first.before, third.after) == ("", "")
    assert (back.ids, back.before, back.after != "") == (first.ids, "", True)


@pytest.mark.parametrize(
    ("order", "looked_up"),
    [
        ("-added", "Index Cond: (ROW("),
        ("added", "Index Cond: (ROW("),
        ("-spend", "Index Cond: (ROW("),
        ("spend", "Index Cond: (ROW("),
        ("-active", "Index Cond: (active_hour <="),
        ("active", "Index Cond: (active_hour >="),
    ],
)
def test_a_deep_page_is_looked_up_in_its_index(
    monkeypatch: pytest.MonkeyPatch, order: str, looked_up: str
) -> None:
    monkeypatch.setattr("customers.selectors.listing.CHEAP_COST", 0.0)
    for number in range(7):
        moments = {"first_added_at": NOW, "last_active_at": NOW}
        profile(make_named(f"客{number}"), order_amount_fen=number, **moments)
    first = page_of(everybody(), order=order, size=3)
    with CaptureQueriesContext(connection) as captured:
        page_of(everybody(), order=order, size=3, after=first.after)
    with connection.cursor() as cursor:
        # Seven rows are read whole unless that is forbidden; a million never.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {captured[1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert looked_up in plan, plan


@pytest.mark.parametrize("mark", ["x", "1", "1.", "9" * 30 + ".1", "1.1.1", "-1.1"])
def test_a_place_that_is_none_is_harmless(mark: str) -> None:
    make_named("小满")
    assert len(page_of(everybody(), order="-spend", after=mark).ids) <= 1
    assert len(page_of(everybody(), order="added", after=mark).ids) <= 1


def test_slices_walk_over_all_that_match() -> None:
    wanted = [make_named(f"客{number}").pk for number in range(5)]
    remarked(make_named("没有"), "老客")
    wanted.append(Customer.objects.get(name="没有").pk)
    walked: list[int] = []
    while found := ids_after(everybody(), words="客", after=walked[-1] if walked else 0, limit=2):
        walked += found
    assert walked == sorted(wanted)


def test_a_small_list_is_counted_exactly() -> None:
    profile(make_named("甲"), order_amount_fen=1_000)
    profile(make_named("乙"), order_amount_fen=500)
    for size in (size_of(everybody()), list_of(everybody(), size=1)[1]):
        assert (size.count, size.is_exact, size.spent_fen) == (2, True, 1_500)


def test_a_page_beyond_the_last_still_knows_how_many_there_are() -> None:
    profile(make_named("甲"), order_amount_fen=1_000)
    page, size = list_of(everybody(), order="spend", after="5000.1")
    assert (page.ids, size.count) == ((), 1)


def test_a_large_list_is_told_as_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    make_named("甲")
    monkeypatch.setattr("customers.selectors.listing.CHEAP_COST", 0.0)
    size = size_of(everybody())
    assert (size.is_exact, size.spent_fen) == (False, None)


def test_numbers_are_read_as_people_write_them() -> None:
    assert digits_of("+86 138-1234-5678") == "13812345678"
    assert digits_of("0571-8888 6666") == "057188886666"
    assert len(marks_of(["13812345678"])) == 8
    assert marks_of(["", "123"]) == []


def test_numbers_are_shown_masked() -> None:
    assert masked("13812345678") == "138****5678"
    assert masked("1234567") == "*******"
