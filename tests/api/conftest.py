"""Callers of the open API and the customers they may or may not see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from org.models import User
from org.services.tokens import issue_token
from tests.makers import NOW
from tests.web.fixtures import static_files_from_source

__all__ = ["static_files_from_source"]

Caller = Callable[..., Any]


@pytest.fixture
def call(monkeypatch) -> Caller:
    """Ask the API as somebody, with a token of theirs."""
    monkeypatch.setattr("common.clock.now", lambda: NOW)

    def ask(user: User, path: str, **query: Any) -> Any:
        issued = issue_token(user=user, name="test", expires_at=NOW + timedelta(days=1), now=NOW)
        issued.token.__class__.objects.update(last_used_at=NOW)
        client = Client(headers={"Authorization": f"Bearer {issued.secret}"})
        return client.get(f"/api/v1{path}", query)

    return ask
