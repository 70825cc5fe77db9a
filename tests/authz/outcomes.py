"""What an answer means to whoever asked."""

from enum import StrEnum
from typing import Any

from django.db import connection
from django.test import Client

from tests.authz.routes import Route
from tests.authz.tables import BODIES, QUERIES

MOVED = {301, 302, 303, 307, 308}
SERVER_ERROR = 500
# Whoever is not listened to has not been answered.
TOO_MANY = 429
# "Not now" is an answer: `/readyz` without heartbeats, a door whose WeCom is away.
UNAVAILABLE = 503
# Reading an address may end an old session or note that one was seen; nothing else is written.
HARMLESS = ("org_signinsession", "axes_", "org_auditrow", "django_session")
SAVING = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


class Outcome(StrEnum):
    """One word for an answer."""

    OPEN = "open"
    LOGIN = "login"
    HOME = "home"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    METHOD = "method"
    BROKEN = "broken"


def outcome_of(response: Any) -> Outcome:
    """Say in one word what was answered."""
    status = response.status_code
    if status == TOO_MANY:
        return Outcome.BROKEN
    simple = {
        401: Outcome.LOGIN,
        403: Outcome.FORBIDDEN,
        404: Outcome.MISSING,
        405: Outcome.METHOD,
    }
    if status in simple:
        return simple[status]
    if status >= SERVER_ERROR and status != UNAVAILABLE:
        return Outcome.BROKEN
    if status in MOVED:
        to = response["Location"]
        if to.startswith(("/login/", "/admin/login/")):
            return Outcome.LOGIN
        if to == "/":
            return Outcome.HOME
    return Outcome.OPEN


def ask(browser: Client, method: str, route: Route, values: dict[str, Any]) -> Any:
    """Send a request of any method: an empty one, unless the tables say what it needs."""
    content = "application/json" if route.api else "application/x-www-form-urlencoded"
    path, query = route.url(values), QUERIES.get(route.key, "")
    body = BODIES.get(route.key, "") if method not in {"GET", "HEAD"} else ""
    if "%(" in body:
        body %= values
    return browser.generic(method, f"{path}?{query}" if query else path, body, content)


class Watched:
    """What is written to the database while it is watched."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._watching = connection.execute_wrapper(self._see)

    def __enter__(self) -> "Watched":
        self._watching.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._watching.__exit__(*error)

    def _see(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = sql if isinstance(sql, str) else str(sql)
        if not text.lstrip("( ").startswith(("SELECT", *SAVING)):
            self._written.append(text)
        return execute(sql, params, many, context)

    @property
    def has_written(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self._written)

    @property
    def writes(self) -> list[str]:
        """What was written, but for what any request may write."""
        return [
            text[:200]
            for text in self._written
            if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
            and not any(word in text for word in HARMLESS)
        ]
