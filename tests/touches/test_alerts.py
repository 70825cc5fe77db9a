"""Alerts reach staff as messages, not too often and not too many."""

import json
from datetime import timedelta

import pytest

from customers.services.ledger import LedgerEvent
from org.models import Alert
from tests.makers import NOW, make_app, make_person, make_staff
from touches.models import Dispatch, Touch
from touches.services.alerts import notify_staff_of_alerts

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return make_staff("zhangsan", make_app().corp)


def raise_alert(staff, person, key: str, kind: str = "read", **detail) -> LedgerEvent:
    Alert.objects.create(
        key=f"{kind}:{key}",
        kind=kind,
        staff=staff,
        customer_id=person.customer_id,
        title="林女士 打开了你的素材",
        body="《秋冬护肤》",
        detail=detail,
        occurred_at=NOW,
        created_at=NOW,
    )
    return LedgerEvent(
        id=1,
        type="link_opened",
        key=key,
        occurred_at=NOW,
        recorded_at=NOW,
        identity_id=person.identity_id,
        customer_id=person.customer_id,
        staff_id=staff.pk,
        source="link",
        depth=0,
        payload={},
    )


def test_an_alert_becomes_one_text_card(staff, settings):
    person = make_person()
    event = raise_alert(staff, person, "visit:1")
    notify_staff_of_alerts([event], now=NOW)
    notify_staff_of_alerts([event], now=NOW)
    touch, dispatch = Touch.objects.get(), Dispatch.objects.get()
    body = json.loads(dispatch.payload)
    assert (touch.lane, touch.staff_id, touch.identity_id) == ("F", staff.pk, person.identity_id)
    assert (body["touser"], body["agentid"], body["msgtype"]) == ("zhangsan", 1000002, "textcard")
    assert body["textcard"]["title"] == "林女士 打开了你的素材"
    assert body["textcard"]["url"].startswith(f"{settings.PUBLIC_URL}/customers/")


def test_the_same_cause_is_told_once_in_four_hours(staff):
    person = make_person()
    notify_staff_of_alerts([raise_alert(staff, person, "visit:1")], now=NOW)
    for minutes, key, kind in (
        (10, "visit:2", "read"),
        (10, "visit:2", "high_intent"),
        (241, "visit:3", "read"),
    ):
        notify_staff_of_alerts(
            [raise_alert(staff, person, key, kind)], now=NOW + timedelta(minutes=minutes)
        )
    told = list(Touch.objects.order_by("id").values_list("content__kind", "created_at"))
    assert told == [
        ("read", NOW),
        ("high_intent", NOW + timedelta(minutes=10)),
        ("read", NOW + timedelta(minutes=241)),
    ]


def test_at_most_eight_a_day_are_told_live(staff):
    events = [raise_alert(staff, make_person(), f"visit:{n}") for n in range(10)]
    notify_staff_of_alerts(events, now=NOW)
    assert Touch.objects.count() == 8
    tomorrow = NOW + timedelta(days=1)
    notify_staff_of_alerts([raise_alert(staff, make_person(), "visit:11")], now=tomorrow)
    assert Touch.objects.count() == 9


def test_what_its_recorder_put_off_stays_in_the_list(staff):
    notify_staff_of_alerts(
        [raise_alert(staff, make_person(), "visit:1", delivery="digest")], now=NOW
    )
    assert not Touch.objects.exists()


def test_who_has_left_is_not_written_to(staff):
    event = raise_alert(staff, make_person(), "visit:1")
    staff.left_at = NOW
    staff.save()
    notify_staff_of_alerts([event], now=NOW)
    assert not Touch.objects.exists()
