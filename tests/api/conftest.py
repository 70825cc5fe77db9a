"""Callers of the open API and the customers they may or may not see."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from org.models import ApiToken, User
from org.services.tokens import issue_token
from tests.makers import NOW
from tests.web.fixtures import static_files_from_source

Scope = ApiToken.Scope
__all__ = ["static_files_from_source"]

Caller = Callable[..., Any]
READ = tuple(scope for scope in Scope if scope.endswith(":read"))


@pytest.fixture
def call(monkeypatch) -> Caller:
    """Ask the API as somebody, with a token of theirs."""
    monkeypatch.setattr("common.clock.now", lambda: NOW)

    def ask(user: User, path: str, **query: Any) -> Any:
        return _client(user, READ).get(f"/api/v1{path}", query)

    return ask


@pytest.fixture
def send(monkeypatch) -> Caller:
    """Change something by the API as somebody, with a token of theirs that may do anything."""
    monkeypatch.setattr("common.clock.now", lambda: NOW)

    def ask(
        user: User, method: str, path: str, body: Any = None, *, scopes: Any = tuple(Scope)
    ) -> Any:
        return _client(user, scopes).generic(
            method, f"/api/v1{path}", json.dumps(body), content_type="application/json"
        )

    return ask


def _client(user: User, scopes: Any) -> Client:
    issued = issue_token(
        user=user, name="test", expires_at=NOW + timedelta(days=1), now=NOW, scopes=scopes
    )
    issued.token.__class__.objects.update(last_used_at=NOW)
    return Client(headers={"Authorization": f"Bearer {issued.secret}"})
