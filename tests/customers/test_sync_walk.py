"""A walk over all WeCom tells goes round what it cannot read, and only one worker makes it."""

import re

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from common import clock, sql
from customers.models import Drift, Follow
from customers.services import reading, sync
from customers.services.facts import Answer
from customers.services.sync import AlreadyRunning, advance_jobs, start_sweep, start_sync
from org.models import Job, Staff
from tests.makers import make_app, make_corp
from tests.wire import Wire
from wecom.errors import CursorRejected, Misconfigured, StaffUnreachable

CHEN = "wmTESTexternal000000000000000002"


def go_on(job: Job, seconds: float = 30) -> Job:
    advance_jobs(now=clock.now(), budget_seconds=seconds)
    job.refresh_from_db()
    return job


def test_each_corp_has_its_own_sweep(wire: Wire) -> None:
    wire_corp_id = wire.corp.corp_id
    make_app(make_corp("ww-second"))
    jobs = start_sweep(now=clock.now())
    assert [job.subject for job in jobs] == [wire_corp_id, "ww-second"]
    assert start_sweep(now=clock.now()) == []
    with pytest.raises(AlreadyRunning):
        sync._start("sweep", make_corp("ww-second"), now=clock.now())


def test_the_planner_is_told_what_a_synchronisation_brought(wire: Wire) -> None:
    with CaptureQueriesContext(connection) as captured:
        wire.sync()
    told = [query["sql"] for query in captured if "ANALYZE" in query["sql"]]
    assert len(told) == 1
    assert {"customers_customer", "customers_follow", "customers_profile"} <= set(
        re.findall(r"\w+", told[0])
    )


def test_a_member_who_leaves_during_the_walk_is_gone_round(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sync()
    read = sync.read_customers_of

    def read_or_refuse(client: object, *, userid: str, cursor: str) -> tuple[Answer, str]:
        if userid == "lisi":
            raise StaffUnreachable("left", errcode=60111)
        return read(client, userid=userid, cursor=cursor)

    monkeypatch.setattr(sync, "read_customers_of", read_or_refuse)
    (job,) = start_sweep(now=clock.now())
    assert go_on(job).state == Job.State.DONE
    assert job.result["skipped_staff"] == ["lisi"]
    assert job.result["customers"] == 2
    assert Follow.objects.filter(staff__userid="lisi", is_listed=True).count() == 2
    assert Drift.objects.count() == 0


def test_an_unforeseen_fault_fails_the_walk_the_fifth_time_with_its_reason(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DataError("smallint out of range")

    monkeypatch.setattr(sync, "apply_answer", fail)
    job = start_sync(corp=wire.corp, now=clock.now())
    for _ in range(4):
        assert go_on(job).state == Job.State.RUNNING
        assert job.lease_until is None
    assert go_on(job).state == Job.State.FAILED
    assert job.error == "DataError: smallint out of range"
    assert job.finished_at is not None
    assert job.result["customers"] == 0


def test_a_step_that_kills_every_worker_fails_the_walk(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_job: Job) -> bool:
        raise KeyboardInterrupt

    job = start_sync(corp=wire.corp, now=clock.now())
    monkeypatch.setattr(sync, "_step", die)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            go_on(job)
        sql.execute("UPDATE org_job SET lease_until = clock_timestamp() - interval '1 second'")
    assert go_on(job).state == Job.State.FAILED
    assert job.error == "StepUnfinished: contacts"


def test_a_fault_that_passes_is_forgotten(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    apply, faults = sync.apply_answer, iter([True, True, False, True, True])

    def fail_now_and_then(answer: Answer, **words: object) -> object:
        if next(faults, False):
            raise DataError("now and then")
        return apply(answer, **words)

    monkeypatch.setattr(sync, "apply_answer", fail_now_and_then)
    job = start_sync(corp=wire.corp, now=clock.now())
    for _ in range(5):
        go_on(job)
    assert (job.state, job.result["customers"]) == (Job.State.DONE, 4)


def test_a_cursor_that_is_refused_begins_the_member_anew_but_not_for_ever(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise CursorRejected("bad cursor", errcode=50100)

    monkeypatch.setattr(sync, "read_customers_of", refuse)
    job = start_sync(corp=wire.corp, now=clock.now())
    for _ in range(5):
        go_on(job)
    assert (job.state, "50100" in job.error) == (Job.State.FAILED, True)


def test_a_worker_that_was_overtaken_rolls_its_page_back_and_stops(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start_sync(corp=wire.corp, now=clock.now())
    read, overtaken = sync.read_customers_of, []

    def read_too_slowly(client: object, *, userid: str, cursor: str) -> tuple[Answer, str]:
        if not overtaken:
            overtaken.append(userid)
            sql.execute(
                """UPDATE org_job SET lease_token = lease_token + 1,
                          lease_until = clock_timestamp() + interval '60 seconds'"""
            )
        return read(client, userid=userid, cursor=cursor)

    monkeypatch.setattr(sync, "read_customers_of", read_too_slowly)
    go_on(job)
    assert (job.state, job.cursor["step"], job.cursor["staff_done"]) == ("running", "customers", 0)
    assert not Follow.objects.exists()
    assert job.lease_until is not None
    assert job.cursor["failures"] == 0
    Job.objects.update(lease_until=None)
    assert go_on(job).state == Job.State.DONE
    assert job.result["customers"] == 4


def test_who_fell_off_the_list_of_members_with_customers_is_visited_too(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.sync()
    wire.pass_time(60)
    wire.act("member_delete", customer="c-0002", member="zhangsan")
    read = sync.read_contacts_into

    def read_without(client: object, **words: object) -> list[str]:
        return [userid for userid in read(client, **words) if userid != "zhangsan"]

    monkeypatch.setattr(sync, "read_contacts_into", read_without)
    (job,) = start_sweep(now=clock.now())
    go_on(job)
    assert "zhangsan" in job.plan["staff"]
    assert Follow.objects.get(identity__value=CHEN).status == "staff_deleted"
    assert job.result["drift_by_kind"] == {"follow_extra": 1}


def test_whoever_left_keeps_their_relations_for_the_hand_over(wire: Wire) -> None:
    wire.sync()
    wire.act("delete_user", userid="zhangsan")
    (job,) = start_sweep(now=clock.now())
    go_on(job)
    assert "zhangsan" not in job.plan["staff"]
    assert Staff.objects.get(userid="zhangsan").left_at is not None
    assert Follow.objects.filter(staff__userid="zhangsan", is_listed=True).count() == 2


@pytest.mark.parametrize(("errcode", "error"), [(84074, StaffUnreachable), (40001, Misconfigured)])
def test_a_member_without_the_right_is_no_fault_of_settings(
    monkeypatch: pytest.MonkeyPatch, errcode: int, error: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise Misconfigured("no privilege", errcode=errcode)
        yield

    monkeypatch.setattr(reading.customers_api, "customers_batch_get_by_user", refuse)
    with pytest.raises(error):
        reading.read_customers_of(None, userid="zhangsan", cursor="")


def test_the_plan_is_written_once_a_stage(wire: Wire) -> None:
    job = start_sync(corp=wire.corp, now=clock.now())
    go_on(job)
    assert sorted(job.plan) == ["groups", "staff"]
    assert (job.cursor["staff_done"], job.cursor["groups_done"]) == (
        len(job.plan["staff"]),
        len(job.plan["groups"]),
    )
    assert not {"staff", "groups"} & job.cursor.keys()
