"""A token is renewed by one at a time, and only when the refused one is still the newest."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from tests.wecom.conftest import NOW
from wecom import tokens
from wecom.client import client_for
from wecom.errors import Ambiguous, Misconfigured, NotSent, Transient
from wecom.models import TokenLease
from wecom.models.token_lease import TokenKind
from wecom.tokens import Fetched

THREADS = 20


class Source:
    """Counts how often it is asked."""

    def __init__(self, *outcomes):
        self.asked = 0
        self.outcomes = list(outcomes)

    def __call__(self):
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return Fetched(value=f"T{self.asked}", expires_in_seconds=7200)


@pytest.fixture
def obtain(app):
    """`obtain(source, …)` for the fixture app's access token."""

    def call(source, *, now=NOW, refused=None, kind=TokenKind.ACCESS):
        return tokens.obtain(app_pk=app.pk, kind=kind, now=now, fetch=source, refused=refused)

    return call


def test_a_token_is_fetched_once_and_kept_encrypted(obtain):
    source = Source()
    assert obtain(source).value == "T1"
    tokens.forget()
    assert obtain(source).value == "T1"
    assert source.asked == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM wecom_tokenlease")
        assert b"T1" not in bytes(cursor.fetchone()[0])


def test_it_is_renewed_five_minutes_early(obtain):
    source = Source()
    obtain(source)
    assert obtain(source, now=NOW + timedelta(seconds=6899)).value == "T1"
    assert obtain(source, now=NOW + timedelta(seconds=6900)).value == "T2"


def test_kinds_have_their_own_values(obtain):
    source = Source()
    assert obtain(source).value == "T1"
    assert obtain(source, kind=TokenKind.JSAPI_AGENT).value == "T2"
    assert obtain(source, kind=TokenKind.JSAPI_CORP).value == "T3"


def test_a_refused_token_is_renewed_only_if_it_is_the_newest(obtain):
    source = Source()
    old = obtain(source)
    new = obtain(source, refused=old)
    assert (new.value, new.version) == ("T2", 2)
    assert obtain(source, refused=old) == new
    assert source.asked == 2


def test_what_another_process_renewed_is_taken_over(obtain):
    source = Source()
    old = obtain(source)
    TokenLease.objects.update(value="THEIRS", version=2)
    assert obtain(source, refused=old).value == "THEIRS"
    assert source.asked == 1


def test_a_wrong_secret_is_not_tried_in_a_loop(obtain):
    source = Source(Misconfigured("wrong secret", errcode=40001, api="gettoken"))
    for _ in range(5):
        with pytest.raises(Misconfigured) as refused:
            obtain(source)
        assert refused.value.errcode == 40001
    assert source.asked == 1
    TokenLease.objects.update(failed_until=NOW)
    assert obtain(source).value == "T2"


@pytest.mark.parametrize("error", [NotSent("x"), Ambiguous("x")])
def test_a_passing_fault_frees_the_lease_at_once(obtain, error):
    source = Source(error)
    with pytest.raises(type(error)):
        obtain(source)
    assert obtain(source).value == "T2"


def test_a_lease_of_another_process_is_waited_for(obtain, app, monkeypatch):
    monkeypatch.setattr(tokens, "WAIT_SECONDS", 0.1)
    source = Source()
    obtain(source)
    tokens.forget()
    rows = TokenLease.objects.filter(app=app)
    rows.update(value=None, refreshing_until=NOW + timedelta(days=36500))
    with pytest.raises(Transient, match="being renewed"):
        obtain(source)
    assert source.asked == 1


def test_a_dead_processs_lease_is_taken_over(obtain, app):
    source = Source()
    obtain(source)
    tokens.forget()
    TokenLease.objects.update(value=None, refreshing_until=NOW)
    assert obtain(source).value == "T2"


def test_a_slow_process_does_not_overwrite_its_successor(obtain):
    def slow():
        TokenLease.objects.update(value="SUCCESSOR", version=9, fence=9, expires_at=later)
        return Fetched(value="SLOW", expires_in_seconds=7200)

    later = NOW + timedelta(hours=2)
    assert obtain(slow).value == "SUCCESSOR"
    assert TokenLease.objects.get().value == "SUCCESSOR"


def _in_threads(work):
    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.django_db(transaction=True)
def test_a_token_killed_under_twenty_threads_is_renewed_once(app, fake):
    client = client_for(app)
    dead = client.access_token().value
    gate = threading.Barrier(THREADS)

    def answer(asked):
        if asked.query["access_token"] == dead:
            return {"errcode": 40014, "errmsg": "invalid"}
        return {"errcode": 0, "token": asked.query["access_token"]}

    fake.answers["user/get"] = [answer]

    def call(_):
        gate.wait()
        return client.get("user/get")["token"]

    assert _in_threads(call) == ["TOKEN-2"] * THREADS
    assert len(fake.calls("gettoken")) == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_processes_renew_once(app):
    """Threads without a common cache stand for processes."""
    asked = []

    def slow_source():
        asked.append(1)
        time.sleep(0.2)
        return Fetched(value=f"T{len(asked)}", expires_in_seconds=7200)

    def obtain(_):
        return tokens._obtain_shared((app.pk, TokenKind.ACCESS), NOW, slow_source, None).value

    assert _in_threads(obtain) == ["T1"] * THREADS
    assert len(asked) == 1
