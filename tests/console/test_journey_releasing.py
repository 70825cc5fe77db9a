"""Publishing shows what changes first; versions can be looked at and taken back."""

import pytest

from org.models import User
from sop.models import Journey
from tests.console.journey_pages import HTMX, WAIT, draft, edit, signed_in, steps_of, url
from tests.makers import NOW
from tests.sop.world import GREETING, befriend, live, program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def client():
    return signed_in()


def text(response) -> str:
    return response.content.decode()


def publish(client, journey, seen=None):
    journey.refresh_from_db()
    data = {"seen": journey.draft_edits if seen is None else seen}
    return client.post(url("journey_publish", journey), data, headers=HTMX)


def test_what_would_change_is_told_before_publishing(client):
    journey = live(raw=program(GREETING, WAIT))
    befriend()
    edit(client, journey, "remove", step="pause")
    edit(client, journey, "insert", kind="exit", place="after:greet")

    shown = text(client.get(url("journey_publish", journey), headers=HTMX))

    for words in ("和第 1 版相比", "结束：走完", "等待 1 天", "发布第 2 版", "在途的 1 位客户"):
        assert words in shown
    assert journey.versions.count() == 1


def test_publishing_makes_the_version_and_says_so(client):
    journey = draft(GREETING)
    answer = publish(client, journey)
    assert answer["HX-Redirect"] == url("journey", journey)
    journey.refresh_from_db()
    assert (journey.state, journey.current.number) == ("live", 1)
    assert str(journey.current.published_by) == "operator"
    assert "已发布第 1 版" in text(client.get(url("journey", journey)))


def test_a_draft_with_problems_is_not_published_and_leads_to_them(client):
    journey = draft(GREETING | {"content": {"body": ""}})
    shown = text(client.get(url("journey_publish", journey), headers=HTMX))
    assert "还有 1 处问题" in shown
    assert 'data-go="greet"' in shown
    assert "发布第" not in shown
    refused = publish(client, journey)
    assert (refused.status_code, "还有问题，没有发布" in text(refused)) == (422, True)
    assert Journey.objects.get().current is None


def test_above_the_staffs_limit_publishing_is_blocked_with_the_reason(client):
    mass = GREETING | {"lane": "M", "purpose": "knowledge"}
    steps = [
        mass | {"id": f"m{n}", "title": f"第{n}封", "content": {"text": f"文字{n}"}, "slot": n % 3}
        for n in range(4)
    ]
    journey = draft(*steps)
    shown = text(client.get(url("journey", journey)))
    assert "员工每天确认 4/3 次" in shown
    assert "超过每天 3 次的上限" in shown
    assert publish(client, journey).status_code == 422
    assert Journey.objects.get().current is None


def test_a_draft_that_somebody_changed_meanwhile_is_not_published(client):
    journey = draft(GREETING)
    edit(signed_in(name="林晓"), journey, "insert", kind="exit", place="top")
    refused = publish(client, journey, seen=0)
    assert (refused.status_code, "草稿刚刚又被改过" in text(refused)) == (422, True)
    assert Journey.objects.get().current is None


def test_who_may_edit_but_not_publish_is_refused(client, monkeypatch):
    journey = draft(GREETING)
    rights = frozenset({"journeys.view", "journeys.edit"})
    monkeypatch.setattr("scrm.web.access.permissions_of", lambda user: rights)
    assert 'id="publish"' not in text(client.get(url("journey", journey)))
    assert publish(client, journey).status_code == 403
    assert edit(client, journey, "clone", step="greet").status_code == 200
    assert Journey.objects.get().current is None


def test_versions_are_listed_compared_and_taken_back(client):
    journey = live(raw=program(GREETING, WAIT))
    edit(client, journey, "remove", step="pause")
    publish(client, journey)

    listed = text(client.get(url("journey_versions", journey)))
    assert listed.index("第 2 版") < listed.index("第 1 版")
    second = text(client.get(url("journey_version", journey, 2)))
    assert "和第 1 版相比" in second
    assert "等待 1 天" in second
    assert client.get(url("journey_version", journey, 3)).status_code == 404

    journey.refresh_from_db()
    data = {"seen": journey.draft_edits}
    client.post(url("journey_restore", journey, 1), data)
    assert steps_of(journey) == [GREETING, WAIT]
    edit(client, journey, "undo")
    assert steps_of(journey) == [GREETING]
    stale = client.post(url("journey_restore", journey, 1), data)
    assert stale.status_code == 409
    assert steps_of(journey) == [GREETING]
    boss = signed_in(User.Role.MANAGER, "boss")
    assert boss.get(url("journey_version", journey, 1)).status_code == 200
    assert boss.post(url("journey_restore", journey, 1), data).status_code == 403
