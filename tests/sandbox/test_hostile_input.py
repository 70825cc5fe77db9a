"""Whatever is sent to an endpoint, the answer is JSON with an errcode, and nothing breaks."""

import asyncio
import json
from typing import Any

import pytest

from sandbox.api import REGISTRY
from sandbox.client import SimClient
from sandbox.config import SandboxConfig
from sandbox.gate import Request
from sandbox.server import create_app

ODD_VALUES: list[Any] = [None, "", "x", -1, 0, 10**12, 1.5, True, [], ["x"], [None], {}, {"a": []}]
ODD_BODIES = ("[]", '"x"', "1", "null", "{", "\x00", '{"a":' * 50, '{"text":{"content":1}}')
POST_PATHS = sorted(p for p, e in REGISTRY.endpoints.items() if "POST" in e.methods)
GET_PATHS = sorted(p for p, e in REGISTRY.endpoints.items() if "GET" in e.methods)

APP = create_app(SandboxConfig(rate_limits=False))


def check_answers(
    method: str, path: str, bodies: list[bytes], queries: list[dict[str, str]]
) -> None:
    """Send everything to one path and look at each answer."""
    sim = APP.state.sim
    slug = "contacts" if REGISTRY.endpoints[path].right == "contacts" else "scrm"
    token = sim.tokens.issue(sim.world.corp().corp_id, slug).value

    async def send_all() -> None:
        for body in bodies:
            for query in queries:
                params = {"access_token": token, **query}
                request = Request(path, method, params, body, "application/json", "127.0.0.1")
                answer = await APP.gate.execute(request)
                if answer.content_type.startswith("application/json"):
                    assert isinstance(json.loads(answer.content)["errcode"], int)

    asyncio.run(send_all())


@pytest.mark.parametrize("path", POST_PATHS)
def test_odd_fields_and_bodies_are_answered(path: str) -> None:
    fields = REGISTRY.endpoints[path].fields or {}
    bodies = [json.dumps(dict.fromkeys(fields, value)).encode() for value in ODD_VALUES]
    bodies += [body.encode() for body in ODD_BODIES]
    check_answers("POST", path, bodies, [{}])


@pytest.mark.parametrize("path", GET_PATHS)
def test_odd_queries_are_answered(path: str) -> None:
    names = ("userid", "external_userid", "department_id", "id", "cursor", "type", "code", "jobid")
    values = ("", "x", "-1", "0", "99999999999999999999", "\x00")
    check_answers("GET", path, [b""], [dict.fromkeys(names, value) for value in values])


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/_sim/outbox?since=x", None),
        ("GET", "/_sim/customers?limit=x", None),
        ("POST", "/_sim/clock/advance", "{}"),
        ("POST", "/_sim/clock/advance", '{"seconds": "x"}'),
        ("POST", "/_sim/restore", '{"snapshot": {"corps": 1}}'),
        ("POST", "/_sim/seed", '{"world": "mars"}'),
        ("POST", "/_sim/tokens/eat", "{}"),
        ("POST", "/_sim/callbacks/eat", "{}"),
        ("POST", "/_sim/bulk_add", "{}"),
        ("POST", "/_sim/faults", '{"rules": ["x"]}'),
        ("POST", "/_sim/oauth_codes", "{}"),
    ],
)
def test_odd_control_requests_are_refused(
    sim: SimClient, method: str, target: str, body: str | None
) -> None:
    before = sim.truth()
    status, data = sim.http(method, target, body)
    assert status == 400
    assert json.loads(data)["error"]
    assert sim.truth() == before
