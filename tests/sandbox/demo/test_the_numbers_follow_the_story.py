"""The figures of the demo company are near those that its story promises."""

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date

import pytest

from sandbox.demo.baskets import Order
from sandbox.demo.months import DAY, MONTHLY_ADDS
from sandbox.demo.plan import Plan, make_plan
from sandbox.demo.randomness import apportion

SIZE = 4_000


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(SIZE, 1, date(2026, 11, 22))


@pytest.fixture(scope="module")
def baskets(plan: Plan) -> dict[int, list[Order]]:
    found: dict[int, list[Order]] = defaultdict(list)
    for order in plan.orders:
        if order.kind == "standard":
            found[order.buyer].append(order)
    return found


def test_adds_follow_the_24_months(plan: Plan) -> None:
    starts = [span[0] for span in plan.calendar.months()]
    per_month = Counter(bisect_right(starts, buyer.added_at) - 1 for buyer in plan.buyers)
    assert [per_month[n] for n in range(24)] == apportion(SIZE, MONTHLY_ADDS)


def test_parts_of_a_whole_add_up() -> None:
    assert sum(apportion(1_999, MONTHLY_ADDS)) == 1_999
    assert apportion(10, [1, 1, 2]) == [3, 2, 5]


def test_about_14_percent_are_lost(plan: Plan) -> None:
    now = plan.calendar.ends_at
    lost = [buyer for buyer in plan.buyers if buyer.ends_at(now) < now]
    assert 0.12 < len(lost) / SIZE < 0.16
    early = [b for b in lost if b.ends_at(now) < b.added_at + 90 * DAY]
    within_a_day = [b for b in early if b.ends_at(now) < b.added_at + DAY]
    assert 0.22 < len(within_a_day) / len(early) < 0.42


def test_channels_have_their_share_and_their_first_order_rate(
    plan: Plan, baskets: dict[int, list[Order]]
) -> None:
    now = plan.calendar.ends_at
    ripe = [b for b in plan.buyers if b.added_at < now - 30 * DAY and not b.ring]
    expected = {"parcel": (0.338, 0.24), "store": (0.267, 0.57), "invite": (0.13, 0.13)}
    for channel, (share, rate) in expected.items():
        adds = [b for b in plan.buyers if b.channel.id == channel]
        assert abs(len(adds) / SIZE - share) < 0.03
        own = [b for b in ripe if b.channel.id == channel]
        bought = [
            b
            for b in own
            if b.index in baskets and baskets[b.index][0].paid_at < b.added_at + 30 * DAY
        ]
        assert abs(len(bought) / len(own) - rate) < 0.05


def test_buyers_repeat_as_promised(baskets: dict[int, list[Order]]) -> None:
    counts = [len(orders) for orders in baskets.values()]
    assert 0.34 < len(counts) / SIZE < 0.41
    assert 0.46 < sum(n >= 2 for n in counts) / len(counts) < 0.56
    assert 0.28 < sum(n >= 3 for n in counts) / len(counts) < 0.38
    assert 0.13 < sum(n >= 5 for n in counts) / len(counts) < 0.21
    assert abs(sum(counts) / SIZE - 11_749 / 11_998) < 0.12


def test_later_orders_are_larger_than_first_ones(baskets: dict[int, list[Order]]) -> None:
    first = [orders[0].amount_fen for orders in baskets.values()]
    later = [order.amount_fen for orders in baskets.values() for order in orders[1:]]
    assert abs(sum(first) / len(first) - 18_800) < 1_500
    assert abs(sum(later) / len(later) - 23_700) < 1_500


def test_reads_dwell_and_second_degree_are_near_the_measured_rates(plan: Plan) -> None:
    measured = sorted(read.closed_after for read in plan.reads if read.closed_after)
    assert 43 <= measured[len(measured) // 2] <= 52
    assert abs(sum(r.progress == 100 for r in plan.reads) / len(plan.reads) - 0.38) < 0.02
    passed_on = sum(read.shared_by >= 0 for read in plan.reads)
    assert 0.03 < passed_on / len(plan.reads) < 0.05


def test_the_fraud_ring_shares_devices_and_leaves_after_the_reward(plan: Plan) -> None:
    ring = [buyer for buyer in plan.buyers if buyer.ring]
    assert len(ring) == 15
    assert all(b.ends_at(0) - b.added_at >= 7 * DAY for b in ring)
    assert not [order for order in plan.orders if plan.buyers[order.buyer].ring]
    devices = {read.device_id for read in plan.reads if plan.buyers[read.buyer].ring}
    assert devices == {"dv-ring-0", "dv-ring-1", "dv-ring-2"}


def test_nothing_happens_to_a_customer_before_the_add_or_after_the_end(plan: Plan) -> None:
    now = plan.calendar.ends_at
    for order in plan.orders:
        buyer = plan.buyers[order.buyer]
        assert buyer.added_at <= order.paid_at < buyer.ends_at(now)
    for read in plan.reads:
        assert plan.buyers[read.buyer].added_at < read.opened_at < now
    for message in plan.messages:
        assert plan.buyers[message.buyer].added_at < message.sent_at < now
