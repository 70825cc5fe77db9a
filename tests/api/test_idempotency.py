"""A change that brings an Idempotency-Key happens once, and is answered alike each time."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from org.models import ApiAnswer, User
from org.services.api_answers import begin_answer, prune_answers
from sop.models import Journey
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db
BODY = {"code": "J1", "name": "一"}


@pytest.fixture
def operator() -> User:
    return make_user()


@pytest.fixture
def ask(send, operator):
    """Send a change under a key, as the same caller each time."""
    client = send(operator, "POST", "/journeys/", {}).client

    def post(key: str, body: Any = BODY, path: str = "/journeys/", client: Client = client) -> Any:
        return client.generic(
            "POST",
            f"/api/v1{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    return post


def test_the_second_request_is_answered_like_the_first(ask):
    first, second = ask("k1"), ask("k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert Journey.objects.count() == 1


def test_another_key_is_another_request(ask):
    ask("k1")

    assert ask("k2").status_code == 409
    assert Journey.objects.count() == 1


def test_an_act_is_answered_alike_again(ask, operator):
    Journey.objects.create(code="J9", name="九", created_at=NOW, changed_at=NOW)
    uid = Journey.objects.get().uid
    answers = [ask("k1", {}, f"/journeys/{uid}/archive/") for _ in range(2)]

    assert [one.json()["state"] for one in answers] == ["archived", "archived"]


@pytest.mark.parametrize("other", [{"body": BODY | {"name": "二"}}, {"path": "/events/"}])
def test_a_key_is_good_for_one_request(ask, other):
    ask("k1")
    refused = ask("k1", **other)

    assert refused.status_code == 422
    assert refused.json()["detail"] == "This Idempotency-Key was used for another request."
    assert Journey.objects.count() == 1


def test_everybody_has_keys_of_their_own(ask, send):
    ask("k1")
    other = send(make_user("other"), "POST", "/journeys/", {}).client

    assert ask("k1", BODY | {"code": "J2"}, client=other).status_code == 201


def test_a_refusal_is_not_kept(ask):
    assert ask("k1", {"code": "J1"}).status_code == 400
    assert not ApiAnswer.objects.exists()
    assert ask("k1").status_code == 201


def test_a_fault_is_not_kept(ask, monkeypatch):
    def broken(**_):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("scrm.api.v1.journeys.publishing.create_journey", broken)
        assert ask("k1").status_code == 500

    assert ask("k1").status_code == 201


def test_what_was_changed_is_told_even_where_the_answer_is_not_kept(ask, monkeypatch):
    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr("scrm.web.idempotency.keep_answer", away)

    assert ask("k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "键"])
def test_a_key_that_is_none(ask, key):
    refused = ask(key.encode().decode("latin-1"))

    assert refused.status_code == 400
    assert list(refused.json()["invalid"]) == ["Idempotency-Key"]
    assert not Journey.objects.exists()


def test_the_same_request_at_the_same_time_waits(ask, operator):
    made = ask("k1")
    ApiAnswer.objects.update(status=None, body=None)

    refused = ask("k1")
    assert refused.status_code == 409
    assert made.status_code == 201


def test_a_key_whose_process_died_is_taken_over(operator):
    claim = {"user": operator, "key": "k1", "request_digest": "d"}
    first = begin_answer(**claim, now=NOW)

    again = begin_answer(**claim, now=NOW + timedelta(minutes=2))
    assert again == first
    assert ApiAnswer.objects.get().begun_at == NOW + timedelta(minutes=2)


def test_a_key_is_free_again_after_a_day(ask, monkeypatch):
    ask("k1")
    tomorrow = NOW + timedelta(hours=24)
    assert prune_answers(now=tomorrow - timedelta(seconds=1)) == 0
    assert prune_answers(now=tomorrow) == 1

    ask("k1", BODY | {"code": "J2"})
    monkeypatch.setattr("common.clock.now", lambda: tomorrow)
    ApiAnswer.objects.update(begun_at=NOW)
    taken = begin_answer(user=User.objects.first(), key="k1", request_digest="e", now=tomorrow)
    assert ApiAnswer.objects.get().pk == taken.answer_id


def test_reading_needs_no_key(call, operator):
    client = call(operator, "/journeys/").client
    response = client.get("/api/v1/journeys/", headers={"Idempotency-Key": "k1"})

    assert response.status_code == 200
    assert not ApiAnswer.objects.exists()
