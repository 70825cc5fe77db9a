"""Encrypted callbacks with distinct contents, as WeCom sends them."""

import random
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from sandbox import crypto, fixture
from sandbox.events import event_xml

# What a busy hour brings: adds with a welcome code, edits, and losses.
_CHANGES = {"add_external_contact": 55, "edit_external_contact": 35, "del_follow_user": 10}


def callbacks(*, count: int, seed: int) -> Iterator[tuple[dict[str, str], bytes]]:
    """Yield query and body of `count` different events for the fixture's customer app."""
    app = next(iter(fixture.empty_world().corps.values())).apps["scrm"]
    rng, now = random.Random(seed), int(time.time())
    for number, change in enumerate(rng.choices([*_CHANGES], [*_CHANGES.values()], k=count)):
        fields: dict[str, str | int | list[str]] = {
            "ChangeType": change,
            "UserID": f"bench{number % 30 + 1:04d}",
            "ExternalUserID": f"wm{rng.getrandbits(120):030x}",
        }
        if change == "add_external_contact":
            code = f"W{rng.getrandbits(256):064x}"
            fields |= {"State": f"code{number % 46}", "WelcomeCode": code}
        plain = event_xml(fixture.CORP_ID, "sys", now, "change_external_contact", fields)
        encrypted = crypto.encrypt(app.aes_key, plain, fixture.CORP_ID)
        nonce = str(rng.getrandbits(32))
        query = {
            "msg_signature": crypto.signature(app.token, str(now), nonce, encrypted),
            "timestamp": str(now),
            "nonce": nonce,
        }
        body = (
            f"<xml><ToUserName><![CDATA[{fixture.CORP_ID}]]></ToUserName>"
            f"<AgentID><![CDATA[{app.agent_id}]]></AgentID>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        yield query, body.encode()


def http_requests(port: int, path: str, *, count: int, seed: int) -> list[bytes]:
    """Return the same as whole HTTP requests for one receiver."""
    requests = []
    for query, body in callbacks(count=count, seed=seed):
        head = (
            f"POST {path}?{urlencode(query)} HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests
