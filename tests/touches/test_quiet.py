"""Quiet hours, slots, validities, quota windows, taps a day: arithmetic without a database."""

import math
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.clock import SHANGHAI, local_date
from tests.touches.slot_world import local
from touches.quota import QuotaWindow, quota_window
from touches.selectors.rules import default_rules
from touches.services.confirmations import MassStep, confirmations_a_staff_a_day
from touches.services.quiet import is_quiet, next_slot, quiet_end, quiet_start, validity_of

RULES = default_rules()


def rules_with(**over):
    rules = default_rules()
    for name, value in over.items():
        setattr(rules, name, value)
    return rules


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-24 21:59:59", False),
        ("2026-11-24 22:00", True),
        ("2026-11-25 00:00", True),
        ("2026-11-25 08:59:59", True),
        ("2026-11-25 09:00", False),
    ],
)
def test_quiet_hours_span_midnight(at: str, quiet: bool):
    assert is_quiet(local(at), RULES) is quiet
    assert is_quiet(local(at).astimezone(UTC), RULES) is quiet


def test_quiet_hours_inside_a_day_and_none_at_all():
    nap = rules_with(quiet_from=time(12), quiet_until=time(14))
    never = rules_with(quiet_from=time(9), quiet_until=time(9))
    assert is_quiet(local("2026-11-24 13:00"), nap)
    assert not is_quiet(local("2026-11-24 23:00"), nap)
    assert not is_quiet(local("2026-11-24 09:00"), never)
    assert quiet_start(local("2026-11-24 09:00"), never) is None


def test_where_quiet_hours_end_and_begin():
    assert quiet_end(local("2026-11-24 23:30"), RULES) == local("2026-11-25 09:00")
    assert quiet_end(local("2026-11-25 03:00"), RULES) == local("2026-11-25 09:00")
    assert quiet_end(local("2026-11-25 15:00"), RULES) == local("2026-11-25 15:00")
    assert quiet_start(local("2026-11-25 15:00"), RULES) == local("2026-11-25 22:00")
    assert quiet_start(local("2026-11-25 22:00"), RULES) == local("2026-11-26 22:00")


@pytest.mark.parametrize(
    ("after", "index", "slot"),
    [
        ("2026-11-24 00:00", None, "2026-11-24 10:05"),
        ("2026-11-24 10:05", None, "2026-11-24 10:05"),
        ("2026-11-24 10:06", None, "2026-11-24 12:35"),
        ("2026-11-24 20:06", None, "2026-11-25 10:05"),
        ("2026-11-24 10:00", 2, "2026-11-24 20:05"),
        ("2026-11-24 20:06", 2, "2026-11-25 20:05"),
        ("2026-11-24 20:06", 9, "2026-11-25 20:05"),
        ("2026-12-31 23:00", 0, "2027-01-01 10:05"),
    ],
)
def test_the_next_slot(after: str, index: int | None, slot: str):
    assert next_slot(local(after), index, RULES) == local(slot)


def test_a_slot_in_quiet_hours_is_none():
    late = rules_with(slot_times=[time(20, 5), time(22, 30)])
    only_late = rules_with(slot_times=[time(22, 30)])
    assert next_slot(local("2026-11-24 21:00"), None, late) == local("2026-11-25 20:05")
    assert next_slot(local("2026-11-24 23:00"), None, only_late) == local("2026-11-25 09:00")
    assert next_slot(local("2026-11-24 15:00"), None, only_late) == local("2026-11-24 15:00")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - made aware below
    st.times(),
    st.times(),
    st.lists(st.times(), min_size=1, max_size=4),
)
def test_a_slot_is_never_quiet_nor_past(naive, begin, end, slots):
    moment = naive.replace(tzinfo=SHANGHAI)
    rules = rules_with(quiet_from=begin, quiet_until=end, slot_times=slots)
    slot = next_slot(moment, None, rules)
    assert slot >= moment
    assert not is_quiet(slot, rules)
    assert not is_quiet(quiet_end(moment, rules), rules)


def test_how_long_each_purpose_is_valid():
    slot = local("2026-11-24 20:05")
    assert validity_of("promotion", slot, RULES) == slot + timedelta(hours=4)
    assert validity_of("knowledge", slot, RULES) == slot + timedelta(days=1)
    assert validity_of("care", slot, RULES) == local("2026-11-25 00:00")


@pytest.mark.parametrize(
    ("mode", "first", "last", "limit"),
    [
        ("month_days", date(2027, 2, 1), date(2027, 2, 28), 28),
        ("month_4", date(2027, 2, 1), date(2027, 2, 28), 4),
        ("week_7", date(2027, 2, 8), date(2027, 2, 14), 7),
        ("day_1", date(2027, 2, 14), date(2027, 2, 14), 1),
    ],
)
def test_the_four_quotas_of_wecom(mode: str, first: date, last: date, limit: int):
    assert quota_window(mode, date(2027, 2, 14)) == QuotaWindow(first, last, limit)


def test_days_are_those_of_shanghai():
    assert local_date(datetime(2026, 11, 30, 16, 30, tzinfo=UTC)) == date(2026, 12, 1)
    assert quota_window("month_days", date(2026, 12, 1)).limit == 31


def test_equal_content_in_one_slot_is_one_tap_whoever_sends_it():
    steps = [MassStep("a", 0), MassStep("a", 0), MassStep("a", 1), MassStep("b", 0)]
    assert confirmations_a_staff_a_day(steps, rules=RULES) == 3
    assert confirmations_a_staff_a_day([MassStep("a")], rules=RULES) == 3
    assert confirmations_a_staff_a_day([], rules=RULES) == 0


def test_content_that_few_come_to_costs_less_than_a_tap_a_day():
    rare = [MassStep("a", 0, customers_a_day=0.1), MassStep("a", 0, customers_a_day=0.4)]
    spread = [MassStep("a", None, customers_a_day=3.0)]
    assert confirmations_a_staff_a_day(rare, rules=RULES) == pytest.approx(1 - math.exp(-0.5))
    assert confirmations_a_staff_a_day(spread, rules=RULES) == pytest.approx(3 - 3 * math.exp(-1))
