"""The jobs tray shows one's own long work, lets one stop it, and hands out its files."""

import json

import pytest
from django.test import Client

from org.models import Job, User
from org.services.jobs import keep_file, start_job
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def lead() -> User:
    return make_user("lead", User.Role.MANAGER)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def started(user: User, title: str = "批量打标签") -> Job:
    return start_job(
        kind="test", subject=title, title=title, plan={}, total=200, user=user, now=NOW
    )


def signals(client: Client) -> dict[str, int]:
    return json.loads(client.get("/signals/")["HX-Trigger"])["signals"]


def test_a_running_job_is_shown_with_its_progress_and_asked_for_again(lead: User):
    Job.objects.filter(pk=started(lead).pk).update(done_count=40)

    shown = client_of(lead).get("/jobs/tray/").content.decode()

    for words in ("批量打标签", "进行中", "40 / 200", 'max="200" value="40"', "load delay:2s"):
        assert words in shown


def test_when_all_is_done_nobody_asks_again(lead: User):
    Job.objects.filter(pk=started(lead).pk).update(state=Job.State.DONE, finished_at=NOW)

    shown = client_of(lead).get("/jobs/tray/").content.decode()

    assert "已完成" in shown
    assert "load delay" not in shown


def test_jobs_of_others_are_not_shown_and_not_stopped(lead: User):
    job = started(make_user("other", User.Role.OPERATOR))
    keep_file(job, number=1, name="客户.xlsx", content=b"secret", now=NOW)
    client = client_of(lead)

    assert "批量打标签" not in client.get("/jobs/").content.decode()
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert client.get(f"/jobs/{job.pk}/files/1/").status_code == 404
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert signals(client) == {"jobs": 0, "alerts": 0}


def test_a_job_is_stopped_from_the_tray(lead: User):
    job = started(lead)
    client = client_of(lead)
    assert signals(client)["jobs"] == 1

    headers = {"HX-Request": "true", "HX-Target": "jobs-body"}
    response = client.post(f"/jobs/{job.pk}/cancel/", headers=headers)

    job.refresh_from_db()
    assert (job.state, job.finished_at) == (Job.State.CANCELLED, NOW)
    assert "已取消" in response.content.decode()
    assert "toast" in json.loads(response["HX-Trigger"])


def test_a_file_is_handed_out_as_a_download(lead: User):
    job = started(lead)
    keep_file(job, number=1, name="客户-20261122-01.xlsx", content=b"PK", now=NOW)

    response = client_of(lead).get(f"/jobs/{job.pk}/files/1/")

    assert b"".join(response.streaming_content) == b"PK"
    assert response["Content-Disposition"].startswith("attachment;")


def test_the_list_costs_the_same_queries_however_long(lead: User, django_assert_num_queries):
    for number in range(7):
        keep_file(started(lead, f"任务{number}"), number=1, name="a", content=b"", now=NOW)
    client = client_of(lead)
    client.get("/jobs/")
    # session, user; count, jobs, files.
    with django_assert_num_queries(5):
        client.get("/jobs/")
