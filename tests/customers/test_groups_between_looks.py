"""What happened in a group between two looks is told: back again, become a customer, lagging."""

from datetime import datetime, timedelta

import pytest

from common import clock
from customers.events import GroupLeft
from customers.models import Event, GroupChat, Membership, Profile, QueuedEvent
from customers.services import sync
from customers.services.dispatcher import Route, dispatch_due
from customers.services.folds import fold_profiles
from customers.services.groups import GroupFact, MemberFact, apply_group
from customers.services.ledger import record_events
from customers.services.sync import advance_jobs, start_sweep
from tests.makers import NOW, make_corp, make_event, make_person
from tests.wire import Wire


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def take(*joined: tuple[str, float], seconds: float, chat_id: str = "wr1") -> None:
    members = [MemberFact(userid, False, at(joined_at)) for userid, joined_at in joined]
    fact = GroupFact(chat_id, "福利群", "", "zhangsan", NOW, "mv-1", members)
    apply_group(fact, corp=make_corp(), asked_at=at(seconds), now=at(seconds))


def ledger() -> list[tuple[str, datetime]]:
    rows = Event.objects.filter(type__startswith="group_").order_by("id")
    return list(rows.values_list("type", "occurred_at"))


@pytest.mark.django_db
def test_who_left_and_came_back_between_two_looks_has_left_and_joined() -> None:
    make_person("wm1")
    take(("wm1", 0), seconds=5)
    take(("wm1", 60), seconds=100)
    take(("wm1", 60), seconds=110)
    assert ledger() == [("group_joined", at(0)), ("group_left", at(60)), ("group_joined", at(60))]
    assert Membership.objects.get().joined_at == at(60)


@pytest.mark.django_db
def test_a_stranger_joins_when_they_become_a_customer() -> None:
    take(("wm1", 0), seconds=5)
    assert ledger() == []
    person = make_person("wm1")
    take(("wm1", 0), seconds=10)
    take(("wm1", 0), seconds=15)
    assert ledger() == [("group_joined", at(0))]
    assert Membership.objects.get().identity_id == person.identity_id
    take(seconds=20)
    assert ledger()[1:] == [("group_left", at(20))]


@pytest.mark.django_db
def test_a_stranger_who_came_back_as_a_customer_joins_once() -> None:
    take(("wm1", 0), seconds=5)
    make_person("wm1")
    take(("wm1", 60), seconds=100)
    assert ledger() == [("group_joined", at(60))]


@pytest.mark.django_db
def test_an_answer_that_lacks_a_member_for_a_moment_is_a_leave_and_a_join() -> None:
    """However often WeCom's answers lag, joins less leaves are who sits in the group."""
    make_person("wm1")
    take(("wm1", 0), seconds=5)
    take(seconds=10)
    take(("wm1", 0), seconds=15)
    take(seconds=20)
    assert ledger() == [
        ("group_joined", at(0)),
        ("group_left", at(10)),
        ("group_joined", at(10)),
        ("group_left", at(20)),
    ]


@pytest.mark.django_db
def test_a_leave_without_its_join_counts_nobody_below_zero() -> None:
    person = make_person("wm1")
    record_events([make_event(person, GroupLeft(chat_id="wr1", name="福利群"))], now=NOW)
    routes = {"group_left": Route(folds=(fold_profiles,))}
    assert dispatch_due(routes=routes, now=NOW, budget_seconds=5) == 1
    assert Profile.objects.get(customer_id=person.customer_id).group_count == 0
    assert not QueuedEvent.objects.exists()


@pytest.mark.parametrize("created", [-60, 60])
def test_a_list_asked_for_before_a_group_was_seen_does_not_dismiss_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, created: int
) -> None:
    """The group list is on its way while the group is made, or seen for the first time."""
    wire.sync()
    wire.pass_time(60)
    listing = sync.groups_api.groupchat_list

    def list_slowly(client: object) -> object:
        refs = list(listing(client))
        when = clock.now()
        GroupChat.objects.create(
            corp=wire.corp,
            chat_id="wrNew",
            created_on_wecom_at=when + timedelta(seconds=created),
            synced_at=when if created < 0 else None,
        )
        GroupChat.objects.create(
            corp=wire.corp, chat_id="wrOld", synced_at=when - timedelta(hours=1)
        )
        return iter(refs)

    monkeypatch.setattr(sync.groups_api, "groupchat_list", list_slowly)
    (job,) = start_sweep(now=clock.now())
    advance_jobs(now=clock.now(), budget_seconds=30)
    gone = GroupChat.objects.filter(is_dismissed=True).values_list("chat_id", flat=True)
    assert list(gone) == ["wrOld"]
    job.refresh_from_db()
    assert job.result["drift_by_kind"] == {"group_gone": 1}
