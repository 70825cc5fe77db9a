"""docs/api.md tells of every operation, and its examples do what they show."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from org.models import ApiToken
from org.services.tokens import issue_token
from scrm.api.v1.schema import document
from tests.api.world import World, let_wecom_make_codes, make_world
from tests.architecture.sources import ROOT
from tests.makers import NOW

pytestmark = pytest.mark.django_db
TEXT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?P<kind>sh|json)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What the shell would call: its words, apart, for us to read.
SHELL = 'curl() { printf "%s\\0" "$@"; }\n'


@dataclass(frozen=True)
class Example:
    """A call that the document shows, and the answer beside it, if any."""

    command: str
    answer: Any = None

    def __str__(self) -> str:
        found = re.search(r"\$API(/[^\"? ]*)", self.command)
        return found[1] if found else self.command


@dataclass(frozen=True)
class Call:
    """What curl was told to do."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


def examples() -> Iterator[Example]:
    """Every call of the document with the answer that follows it."""
    waiting: str | None = None
    for found in BLOCK.finditer(TEXT):
        if found["kind"] == "json" and waiting is not None:
            yield Example(waiting, json.loads(found["text"]))
            waiting = None
        elif found["kind"] == "sh":
            if waiting is not None:
                yield Example(waiting)
            waiting = found["text"] if found["text"].startswith("curl ") else None
    if waiting is not None:
        yield Example(waiting)


def read_curl(command: str, **variables: str) -> Call:
    """Let the shell read a command, and say what curl would send."""
    names = "".join(f"{name}='{value}'\n" for name, value in variables.items())
    told = subprocess.run(
        ["sh", "-c", names + SHELL + command], capture_output=True, check=True, text=True
    )
    words = iter(told.stdout.rstrip("\0").split("\0"))
    method, url, headers, body, query = "", "", {}, "", []
    is_get = False
    for word in words:
        if word in {"-s", "-sG"}:
            is_get = word == "-sG"
        elif word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word in {"-d", "--data-urlencode"}:
            body = next(words)
            query.append(body)
        else:
            url = word
    if is_get:
        return Call("GET", f"{url}?{'&'.join(query)}", headers, "")
    return Call(method or ("POST" if body else "GET"), url, headers, body)


def differences(shown: Any, told: Any, path: str = "") -> list[str]:
    """Where an answer has not the shape that the document shows."""
    if shown is None or told is None:
        return []
    if isinstance(shown, dict) and isinstance(told, dict):
        found = [f"{path}: no {name}" for name in shown if name not in told]
        if path.endswith(".payload"):
            return []
        for name in shown.keys() & told.keys():
            found += differences(shown[name], told[name], f"{path}.{name}")
        return found
    if isinstance(shown, list) and isinstance(told, list):
        if not shown:
            return []
        tries = [differences(shown[0], one, f"{path}[]") for one in told]
        return min(tries, key=len) if tries else [f"{path} is empty"]
    return [] if type(shown) is type(told) else [f"{path}: {told!r} is no {shown!r}"]


@pytest.fixture
def world(monkeypatch) -> World:
    monkeypatch.setattr("common.clock.now", lambda: NOW)
    let_wecom_make_codes(monkeypatch)
    return make_world()


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_an_example_does_what_it_shows(example: Example, world: World):
    issued = issue_token(
        user=world.operator,
        name="docs",
        expires_at=NOW + timedelta(days=1),
        now=NOW,
        scopes=tuple(ApiToken.Scope),
    )
    call = read_curl(
        example.command,
        API="/api/v1",
        AUTH=f"Authorization: Bearer {issued.secret}",
        JSON="Content-Type: application/json",
        CUSTOMER=str(world.customer.uid),
        JOURNEY=str(world.journey.uid),
        RUN=str(world.run.pk),
        TOUCH=str(world.touch.uid),
        CALL=str(world.call.pk),
        CODE=str(world.code.pk),
        TAG=str(world.tag.pk),
        MATERIAL=str(world.material.pk),
    )
    kind = call.headers.pop("Content-Type", "text/plain")
    response = Client(headers=call.headers).generic(
        call.method, call.url, call.body, content_type=kind
    )

    assert 200 <= response.status_code < 300, response.content.decode()
    if example.answer is not None:
        assert differences(example.answer, response.json()) == []


def test_every_part_of_the_api_has_an_example():
    shown = {str(example).split("/")[1] for example in examples()}
    parts = {path.split("/")[3] for path in document()["paths"]}

    assert shown == parts


def test_every_operation_is_told_of():
    missing = [
        f"{method.upper()} {path}"
        for path, operations in document()["paths"].items()
        for method in operations
        if not _is_told(method.upper(), path.removeprefix("/api/v1"))
    ]
    assert missing == []


def _is_told(method: str, path: str) -> bool:
    return bool(re.search(rf"`{method}(` and `[A-Z]+)? {re.escape(path)}`", TEXT)) or bool(
        re.search(rf"`[A-Z]+` and `{method} {re.escape(path)}`", TEXT)
    )


def test_the_comparison_can_fail():
    found = differences({"a": 1, "b": [{"c": ""}]}, {"a": "1", "b": [{}]})
    assert sorted(found) == [".a: '1' is no 1", ".b[]: no c"]
    assert differences({"a": [1]}, {"a": []}) == [".a is empty"]
    assert read_curl('curl -sG -H "$AUTH" $API/x/ -d a=1', API="/api", AUTH="A: b") == Call(
        "GET", "/api/x/?a=1", {"A": "b"}, ""
    )
