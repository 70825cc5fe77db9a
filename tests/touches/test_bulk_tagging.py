"""Many customers are tagged by a job that can be cancelled and undone."""

from datetime import timedelta

import pytest

from common import clock
from customers.models import Customer, Tag, TagAssignment, TagGroup
from org.models import AuditRow, Job, User
from org.services import jobs
from org.services.jobs import advance_jobs, cancel_job
from scrm.web.customer_filter import chosen_customers
from tests.api.people import follow, identity_of, make_named
from tests.makers import NOW, make_app, make_corp, make_department, make_staff, make_user
from touches.errors import BadTagging
from touches.models import BulkMark, Dispatch
from touches.services import bulk_tagging
from touches.services.bulk_tagging import (
    BulkTagging,
    bulk_tagging_steps,
    start_bulk_tagging,
    start_undo,
)

pytestmark = pytest.mark.django_db
ALL = {"query": {}}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def user() -> User:
    make_app()
    return make_user()


def make_tag(name: str = "高意向", wecom_id: str | None = "et1") -> Tag:
    group = TagGroup.objects.create(corp=make_corp(), name="意向", wecom_id=wecom_id and "eg1")
    return Tag.objects.create(corp=make_corp(), group=group, name=name, wecom_id=wecom_id)


def start(user: User, tag: Tag, *, is_added: bool = True, chosen=ALL, total: int = 3) -> Job:
    asked = BulkTagging(tag=tag, is_added=is_added, chosen=chosen, total=total)
    return start_bulk_tagging(asked, user=user, now=NOW)


def work(job: Job) -> Job:
    advance_jobs(bulk_tagging_steps(chosen_customers), budget_seconds=5.0)
    job.refresh_from_db()
    return job


def calls() -> list[tuple[str, list[str], list[str]]]:
    rows = Dispatch.objects.filter(kind="mark_tag").order_by("id")
    return [
        (call.context["external_userid"], call.context["add_tags"], call.context["remove_tags"])
        for call in rows
    ]


def friends(*names: str) -> list[Customer]:
    made = [make_named(name) for name in names]
    staff = make_staff()
    for customer in made:
        follow(staff, customer)
    return made


def test_all_that_match_get_the_tag_once(user: User) -> None:
    tag = make_tag()
    first, second = friends("林小满", "林一")
    friends_of_nobody = make_named("林没有好友")
    make_named("王五")
    TagAssignment.objects.create(
        identity=identity_of(second), tag=tag, source="sync", assigned_at=NOW
    )

    job = work(start(user, tag, chosen={"query": {"q": ["林"]}}))

    assert calls() == [(identity_of(first).value, [tag.pk], [])]
    assert (job.state, job.done_count) == ("done", 3)
    assert job.result == {"changed": 1, "unchanged": 2}
    assert not BulkMark.objects.filter(identity=identity_of(friends_of_nobody)).exists()
    assert AuditRow.objects.get().action == "customers_changed"


def test_the_longest_friendship_carries_it(user: User) -> None:
    tag = make_tag()
    (customer,) = friends("林小满")
    older = make_staff("older")
    relation = follow(older, customer)
    relation.added_at = NOW - timedelta(days=400)
    relation.save()
    work(start(user, tag))
    assert Dispatch.objects.get().context["staff_id"] == older.pk


def test_a_local_tag_is_written_at_once(user: User) -> None:
    tag = make_tag(wecom_id=None)
    customer = make_named("没有好友也行")
    work(start(user, tag))
    held = TagAssignment.objects.get()
    assert (held.identity, held.follow, held.source) == (identity_of(customer), None, "bulk")
    assert calls() == []


def test_removing_takes_it_off_every_relation(user: User) -> None:
    tag = make_tag()
    (customer,) = friends("林小满")
    for relation in (customer.identities.get().follows.get(), follow(make_staff("b"), customer)):
        TagAssignment.objects.create(
            identity=relation.identity, follow=relation, tag=tag, source="sync", assigned_at=NOW
        )
    job = work(start(user, tag, is_added=False))
    value = identity_of(customer).value
    assert calls() == [(value, [], [tag.pk]), (value, [], [tag.pk])]
    assert job.result == {"changed": 1, "unchanged": 0}


def test_the_starters_scope_of_now_holds(user: User) -> None:
    tag = make_tag()
    seen, unseen = make_named("看得见"), make_named("看不见")
    mine = make_staff("mine", department=make_department())
    follow(mine, seen)
    follow(make_staff("other"), unseen)
    manager = make_user("manager", User.Role.MANAGER, mine)
    work(start(manager, tag))
    assert [call[0] for call in calls()] == [identity_of(seen).value]


def test_the_chosen_few_and_nobody_else(user: User) -> None:
    tag = make_tag()
    first, _second = friends("甲", "乙")
    work(start(user, tag, chosen={"ids": [first.pk]}))
    assert [call[0] for call in calls()] == [identity_of(first).value]


def test_slices_go_on_where_the_last_one_stood(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_tagging, "SLICE_ROWS", 2)
    tag = make_tag()
    people = friends("甲", "乙", "丙", "丁", "戊")
    job = work(start(user, tag))
    assert sorted(call[0] for call in calls()) == [identity_of(one).value for one in people]
    assert job.done_count == 5
    due = list(Dispatch.objects.order_by("id").values_list("available_at", flat=True))
    assert [(moment - NOW).total_seconds() for moment in due] == [0, 0, 0.04, 0.04, 0.08]


def test_a_cancelled_job_writes_nothing_more(user: User) -> None:
    tag = make_tag()
    friends("甲")
    job = start(user, tag)
    assert cancel_job(job, now=NOW)
    assert work(job).state == "cancelled"
    assert calls() == []
    assert not cancel_job(job, now=NOW)


def test_a_slice_that_was_overtaken_leaves_nothing(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = make_tag()
    friends("甲")
    job = start(user, tag)

    def overtaken(*_args: object, **_words: object) -> list[int]:
        cancel_job(Job.objects.get(pk=job.pk), now=NOW)
        return [Customer.objects.get().pk]

    monkeypatch.setattr(bulk_tagging, "ids_after", overtaken)
    work(job)
    assert calls() == []


def test_an_undo_takes_back_what_the_job_did(user: User) -> None:
    tag = make_tag()
    first, second = friends("甲", "乙")
    TagAssignment.objects.create(
        identity=identity_of(second), tag=tag, source="sync", assigned_at=NOW
    )
    job = work(start(user, tag))
    undo = work(start_undo(job, user=user, now=NOW))
    value = identity_of(first).value
    assert calls() == [(value, [tag.pk], []), (value, [], [tag.pk])]
    assert (undo.state, undo.done_count, undo.total_count) == ("done", 1, 1)
    with pytest.raises(BadTagging):
        start_undo(job, user=user, now=NOW)
    assert Job.objects.count() == 2


def test_an_undo_of_a_local_tag_leaves_older_ones(user: User) -> None:
    tag = make_tag(wecom_id=None)
    kept, undone = make_named("原来就有"), make_named("新打上")
    TagAssignment.objects.create(identity=identity_of(kept), tag=tag, source="x", assigned_at=NOW)
    job = work(start(user, tag))
    assert TagAssignment.objects.count() == 2
    work(start_undo(job, user=user, now=NOW))
    assert [one.identity for one in TagAssignment.objects.all()] == [identity_of(kept)]
    assert not TagAssignment.objects.filter(identity=identity_of(undone)).exists()


def test_without_an_app_nothing_is_begun(user: User) -> None:
    user.refresh_from_db()
    make_corp().apps.update(is_enabled=False)
    with pytest.raises(BadTagging):
        start(user, make_tag())
    assert Job.objects.count() == 0
    assert AuditRow.objects.count() == 0


def test_a_step_that_keeps_failing_fails_the_job(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_words: object) -> list[int]:
        raise ValueError("broken")

    monkeypatch.setattr(bulk_tagging, "ids_after", broken)
    job = start(user, make_tag())
    for _try in range(jobs.MAX_FAILURES):
        assert work(job).state == "running" or _try == jobs.MAX_FAILURES - 1
    assert (job.state, job.error) == ("failed", "ValueError: broken")


def test_files_are_kept_three_days(user: User) -> None:
    job = start(user, make_tag())
    jobs.keep_file(job, number=1, name="a.xlsx", content=b"1", now=clock.now())
    jobs.keep_file(job, number=1, name="a.xlsx", content=b"2", now=clock.now())
    assert bytes(job.files.get().content) == b"2"
    assert jobs.prune_files(now=NOW + timedelta(days=3)) == 0
    assert jobs.prune_files(now=NOW + timedelta(days=3, seconds=1)) == 1
