"""The first synchronisation makes our copy equal to WeCom; a sweep says what it had to heal."""

from datetime import timedelta

import pytest

from common import clock, sql
from customers.models import Drift, Event, Follow
from customers.services import sync
from customers.services.sync import AlreadyRunning, advance_jobs, start_sweep, start_sync
from org.models import Job
from tests.truth import our_copy
from tests.wire import Wire

LIN = "wmTESTexternal000000000000000001"
CHEN = "wmTESTexternal000000000000000002"
ZHOU = "wmTESTexternal000000000000000003"
# 小周 deleted 李四 before we came: WeCom's lists do not tell that.
BEFORE_US = {("lisi", ZHOU)}


def test_the_first_synchronisation_makes_our_copy_equal_to_wecom(wire: Wire) -> None:
    assert len(wire.differences(BEFORE_US)) > 10
    job = wire.sync()
    assert wire.differences(BEFORE_US) == []
    assert job.result == {"customers": 4, "groups": 1, "drift": 0}
    assert not Drift.objects.exists()


def test_a_relation_is_kept_with_every_field_that_wecom_tells(wire: Wire) -> None:
    wire.sync()
    (lin,) = [
        row for row in our_copy(wire.corp.corp_id)["customers"] if row["external_userid"] == LIN
    ]
    assert lin["relations"][1] == {
        "userid": "zhangsan",
        "kind": "friend",
        "remark": "林女士-A01",
        "description": "2026-01 到店",
        "remark_corp_name": "",
        "remark_mobiles": ["13900000001"],
        "tags": ["etTESTtag00000000000000000000001"],
        "createtime": 1767225600,
        "add_way": 10,
        "state": "A01",
        "oper_userid": LIN,
        "is_listed": True,
    }


def test_phones_of_a_remark_do_not_stand_in_the_database(wire: Wire) -> None:
    wire.sync()
    row = Follow.objects.filter(identity__value=LIN).values().get(remark="林女士-A01")
    assert row["sealed_mobiles"] == "13900000001"
    raw = sql.fetch_all("SELECT follow::text FROM customers_follow follow")
    assert b"13900000001".hex() not in str(raw)
    assert "13900000001" not in str(raw)


def test_whoever_was_a_friend_before_us_is_one_friend_added_event(wire: Wire) -> None:
    wire.sync()
    wire.sweep()
    wire.sync()
    adds = Event.objects.filter(type="friend_added").order_by("occurred_at")
    assert [(event.identity.value, event.staff.userid) for event in adds] == [
        (LIN, "zhangsan"),
        (LIN, "lisi"),
        (CHEN, "zhangsan"),
        (ZHOU, "lisi"),
    ]
    assert adds[0].payload == {"add_way": 10, "state": "A01"}
    assert adds[0].occurred_at.timestamp() == 1767225600


def test_a_sweep_that_finds_all_as_it_was_counts_no_drift(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    job = wire.sweep()
    assert (job.result["drift"], job.result["drift_by_kind"]) == (0, {})
    assert job.result["customers"] == 4


def test_a_sweep_heals_and_counts_what_no_callback_told(wire: Wire) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("add_friend", customer="c-9", member="wangwu", state="B07")
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    wire.act("edit_remark", customer="c-0001", member="lisi", remark="林", remark_mobiles=["1"])
    wire.act(
        "tag_by_member", customer=ZHOU, member="lisi", add=["etTESTtag00000000000000000000002"]
    )
    wire.act("join_group", chat_id="wrTESTgroup000000000000000000001", customer="c-0002")
    wire.pass_time(60)
    job = wire.sweep()
    assert job.result["drift_by_kind"] == {
        "follow_changed": 1,
        "follow_extra": 1,
        "follow_missing": 1,
        "membership_group_joined": 1,
        "tags_changed": 1,
    }
    assert job.result["drift"] == Drift.objects.filter(job_id=job.pk).count() == 5
    assert wire.differences(BEFORE_US) == []
    assert wire.sweep().result["drift"] == 0


def test_a_walk_that_is_killed_after_every_step_goes_on_where_it_stood(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sim.bulk_add(230, member="wangwu")
    job = start_sync(corp=wire.corp, now=clock.now())
    make_step, lives = sync._step, 0

    def step_and_die(job: Job) -> bool:
        make_step(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(sync, "_step", step_and_die)
    while job.state == Job.State.RUNNING:
        with pytest.raises(KeyboardInterrupt):
            advance_jobs(now=clock.now(), budget_seconds=30)
        Job.objects.update(lease_until=None)
        job.refresh_from_db()
        lives += 1
    assert lives == 11
    assert job.result == {"customers": 234, "groups": 1, "drift": 0}
    assert wire.differences(BEFORE_US) == []
    assert Event.objects.filter(type="friend_added").count() == 234


def test_one_synchronisation_at_a_time(wire: Wire) -> None:
    start_sync(corp=wire.corp, now=clock.now())
    with pytest.raises(AlreadyRunning):
        start_sync(corp=wire.corp, now=clock.now())


def test_a_sweep_beside_one_that_still_runs_is_left_out(wire: Wire) -> None:
    assert len(start_sweep(now=clock.now())) == 1
    assert start_sweep(now=clock.now()) == []


def test_a_wrong_secret_fails_the_walk_with_its_reason(wire: Wire) -> None:
    wire.corp.apps.filter(slug="scrm").update(agent_id=1000002)
    app = wire.corp.apps.get(slug="scrm")
    app.secret = "wrong"
    app.save()
    job = start_sync(corp=wire.corp, now=clock.now())
    advance_jobs(now=clock.now(), budget_seconds=5)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "40001" in job.error or "secret" in job.error
    assert job.finished_at is not None


def test_a_walk_waits_while_wecom_is_busy_and_goes_on(wire: Wire) -> None:
    wire.sim.set_faults({"match": "externalcontact/*", "mode": "minus_one", "times": 1})
    job = start_sync(corp=wire.corp, now=clock.now())
    advance_jobs(now=clock.now(), budget_seconds=5)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    advance_jobs(now=clock.now() + timedelta(minutes=5), budget_seconds=5)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert wire.differences(BEFORE_US) == []
