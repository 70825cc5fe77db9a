"""A page's beacons become dwell and completion, and nothing a page says can exceed the clock."""

from datetime import timedelta

import pytest

from content.errors import BeaconRefused
from content.models import Visit
from content.services.visits import (
    Beacon,
    SentBeacon,
    apply_beacon,
    apply_beacons,
    beacon_token,
    close_silent_visits,
)
from customers.models import Event
from tests.content.makers import NOON, after, make_customer, make_link, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def link():
    return make_link()


@pytest.fixture
def visit(link):
    return opened(link, make_customer())


def send(visit, seq: int, seconds: int, depth: int = 0, *, at: float, final: bool = False):
    apply_beacon(
        code=visit.link.code,
        token=beacon_token(visit),
        beacon=Beacon(seq=seq, active_seconds=seconds, depth_percent=depth, is_final=final),
        now=after(at),
    )
    return Visit.objects.get(pk=visit.pk)


def dwelled() -> list[tuple[int, int]]:
    """What the ledger says: seconds more, seconds in all."""
    events = Event.objects.filter(type="link_dwelled").order_by("id")
    return [(event.payload["seconds"], event.payload["total_seconds"]) for event in events]


def test_dwelling_is_recorded_when_a_step_is_crossed(visit):
    for seq, seconds in enumerate([5, 9, 11, 20, 29, 33, 61], start=1):
        send(visit, seq, seconds, at=seconds)

    assert dwelled() == [(11, 11), (22, 33), (28, 61)]


def test_one_beacon_over_several_steps_is_one_event(visit):
    send(visit, 1, 65, at=65)

    assert dwelled() == [(65, 65)]


def test_the_final_beacon_records_what_is_left(visit):
    send(visit, 1, 12, at=12)
    send(visit, 2, 19, at=19, final=True)
    send(visit, 3, 19, at=20, final=True)

    assert dwelled() == [(12, 12), (7, 19)]


def test_a_replayed_beacon_raises_nothing(visit):
    first = send(visit, 1, 12, 50, at=12)
    again = send(visit, 1, 3_000, 100, at=3_000)

    assert (again.total_seconds, again.max_depth_percent) == (first.total_seconds, 50)
    assert dwelled() == [(12, 12)]


def test_a_late_beacon_lowers_nothing(visit):
    send(visit, 5, 25, 80, at=25)
    late = send(visit, 4, 20, 60, at=26)

    assert (late.total_seconds, late.max_depth_percent) == (25, 80)


def test_time_is_believed_no_further_than_the_wall_clock(visit):
    assert send(visit, 1, 500, at=8).total_seconds == 10


def test_time_ends_at_one_hour(visit):
    assert send(visit, 1, 20_000, at=20_000).total_seconds == 3_600


def test_a_page_is_read_to_its_end_once(visit):
    send(visit, 1, 4, 95, at=4)
    assert not Event.objects.filter(type="link_completed").exists()

    send(visit, 2, 6, 95, at=6)
    send(visit, 3, 9, 100, at=9)

    assert Event.objects.get(type="link_completed").payload["total_seconds"] == 6


def test_reading_shallowly_is_not_reading_to_the_end(visit):
    send(visit, 1, 50, 89, at=50)

    assert not Event.objects.filter(type="link_completed").exists()


def test_a_token_of_another_visit_or_link_is_refused(visit, link):
    elsewhere = opened(make_link(batch="other"), make_customer("wmTEST2"))

    for code, token in [
        (link.code, beacon_token(elsewhere)),
        (elsewhere.link.code, beacon_token(visit)),
        (link.code, beacon_token(visit)[:-1] + "~"),
        (link.code, visit.uuid.hex),
    ]:
        with pytest.raises(BeaconRefused):
            apply_beacon(code=code, token=token, beacon=Beacon(1, 5, 5), now=after(5))
    visit.refresh_from_db()
    assert visit.total_seconds == 0


def test_beacons_that_come_together_count_as_one_after_the_other(visit, link):
    other = opened(link, make_customer("wmTEST2"))
    token, its = beacon_token(visit), beacon_token(other)

    refused = apply_beacons(
        [
            SentBeacon(link.code, token, Beacon(1, 12, 40)),
            SentBeacon(link.code, "forged", Beacon(2, 20, 90)),
            SentBeacon(link.code, its, Beacon(1, 35, 10)),
            SentBeacon(link.code, token, Beacon(3, 33, 95)),
            SentBeacon(link.code, token, Beacon(2, 30, 99)),
            SentBeacon("another", its, Beacon(2, 40, 10)),
        ],
        now=after(60),
    )

    assert [str(one) if one else None for one in refused] == [
        *(None, "signature", None, None, None, "no such visit")
    ]
    visit.refresh_from_db()
    other.refresh_from_db()
    assert (visit.total_seconds, visit.max_depth_percent, visit.last_beacon_seq) == (33, 95, 3)
    assert (other.total_seconds, other.recorded_seconds) == (35, 35)
    of_one = Event.objects.filter(identity_id=visit.identity_id).exclude(type="link_opened")
    assert [(event.type, event.payload["total_seconds"]) for event in of_one.order_by("id")] == [
        *(("link_dwelled", 12), ("link_dwelled", 33), ("link_completed", 33))
    ]


def test_a_visit_that_fell_silent_is_closed_with_its_last_seconds(visit):
    send(visit, 1, 12, at=12)
    send(visit, 2, 17, at=17)

    assert close_silent_visits(now=after(70)) == 0
    assert close_silent_visits(now=after(78)) == 1
    assert close_silent_visits(now=after(79)) == 0
    assert dwelled() == [(12, 12), (5, 17)]
    last = Event.objects.filter(type="link_dwelled").latest("id")
    assert last.occurred_at == NOON + timedelta(seconds=17)


def test_a_visit_goes_on_after_it_was_closed(visit):
    send(visit, 1, 17, at=17)
    close_silent_visits(now=after(100))
    send(visit, 2, 31, at=131)

    assert dwelled() == [(17, 17), (14, 31)]
