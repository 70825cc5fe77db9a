"""Who may come in by the API's door, and what its schema says."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client

from org.models import ApiToken
from org.services.tokens import check_token, issue_token, revoke_token
from tests.makers import NOW, make_user

pytestmark = pytest.mark.django_db
NAMES = ["customers", "events", "journeys", "runs", "touches", "dispatches"]
PATHS = [f"/api/v1/{name}/" for name in NAMES]


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def issue(**over):
    fields = {"user": make_user(), "name": "CRM", "expires_at": NOW + timedelta(days=1), "now": NOW}
    return issue_token(**(fields | over))


def ask(secret: str, path: str = PATHS[0]):
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(path)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nobody_comes_in(path: str):
    response = Client().get(path)

    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_token_is_kept_only_as_a_digest():
    issued = issue()

    assert issued.secret.startswith("wy_")
    assert len(issued.secret) == 46
    row = ApiToken.objects.values().get()
    assert issued.secret not in map(str, row.values())
    assert issued.secret.startswith(row["prefix"])
    assert issued.secret not in repr(issued)


def test_a_good_token_opens_the_door():
    assert ask(issue().secret).status_code == 200


@pytest.mark.parametrize("secret", ["", "wy_", "wy_" + "A" * 43, "x" * 5_000])
def test_an_unknown_token_is_refused(secret: str):
    assert ask(secret).status_code == 401


def test_an_expired_token_is_refused():
    assert ask(issue(expires_at=NOW).secret).status_code == 401


def test_a_revoked_token_is_refused():
    issued = issue()
    revoke_token(token=issued.token, now=NOW)

    assert ask(issued.secret).status_code == 401


def test_a_disabled_users_token_is_refused():
    issued = issue()
    issued.token.user.is_active = False
    issued.token.user.save()

    assert ask(issued.secret).status_code == 401


def test_a_tokens_use_is_noted_at_most_once_a_minute():
    secret = issue().secret
    moments = [0, 59, 60, 61]
    noted = []
    for seconds in moments:
        check_token(secret=secret, now=NOW + timedelta(seconds=seconds))
        noted.append(ApiToken.objects.get().last_used_at)

    assert noted == [NOW, NOW, NOW + timedelta(seconds=60), NOW + timedelta(seconds=60)]


def test_the_schema_has_no_warnings(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn")

    written = capsys.readouterr()
    assert "Warning" not in written.err
    for path in (
        "customers/{uid}/events/",
        "customers/{uid}/journeys/{code}/explain/",
        "dispatches/{call_id}/decide/",
        "events/",
        "journeys/{uid}/draft/",
        "runs/{run_id}/stop/",
        "touches/{uid}/",
    ):
        assert f"/api/v1/{path}:" in written.out


def test_a_token_reads_customers_and_nothing_else_unless_told():
    token = issue().token

    assert token.scopes == ["customers:read"]
    with pytest.raises(IntegrityError, match="token_scopes_are_known"):
        ApiToken.objects.filter(pk=token.pk).update(scopes=["everything"])


def test_the_schema_is_served():
    response = Client().get("/api/v1/schema/")

    assert response.status_code == 200
    assert response.json()["info"]["title"] == "微域 SCRM open API"
