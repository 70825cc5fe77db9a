"""A small typed client of the control API, on the standard library alone."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sandbox.entities import JSONDict


class SimError(Exception):
    """The control API refused, or answered something unexpected."""


class SimClient:
    """Talks to `/_sim/*` of one simulator over one kept connection; safe between threads."""

    def __init__(self, url: str, timeout_seconds: float = 120.0) -> None:
        """Remember where the simulator is; the connection opens with the first call."""
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout_seconds
        )
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(
        self, method: str, path: str, body: JSONDict | None = None, /, **query: Any
    ) -> JSONDict:
        """Call `/_sim/<path>` and return the JSON answer.

        Raises:
            SimError: the answer is not 200.
        """
        words = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        target = f"/_sim/{path}" + (f"?{urlencode(words)}" if words else "")
        status, data = self.http(method, target, None if body is None else json.dumps(body))
        if status != 200:
            raise SimError(f"{method} {target}: {status} {data.decode(errors='replace')[:500]}")
        answer: JSONDict = json.loads(data)
        return answer

    def http(self, method: str, target: str, body: str | None = None) -> tuple[int, bytes]:
        """Send any request to the simulator and return (status, body); one retry when idle."""
        data = None if body is None else body.encode()
        with self._lock:
            for attempt in (1, 2):
                try:
                    self._connection.request(method, target, data)
                    response = self._connection.getresponse()
                    return response.status, response.read()
                except (http.client.HTTPException, ConnectionError):
                    self._connection.close()
                    if attempt == 2:
                        raise
        raise SimError("unreachable")

    def api(
        self, method: str, path: str, body: JSONDict | None = None, /, **params: Any
    ) -> JSONDict:
        """Call `/cgi-bin/<path>` as a client of WeCom would, with `params` in the query."""
        target = f"/cgi-bin/{path}?{urlencode(params)}"
        text = None if body is None else json.dumps(body, ensure_ascii=False)
        answer: JSONDict = json.loads(self.http(method, target, text)[1])
        return answer

    def health(self) -> JSONDict:
        """Return counts of what is in the simulator."""
        return self.call("GET", "health")

    def act(self, action: str, /, **words: Any) -> JSONDict:
        """Let somebody do something, `act("scan_contact_way", state="A01", customer="c-1")`."""
        return self.call("POST", f"actions/{action}", words)

    def bulk_add(self, count: int, **words: Any) -> JSONDict:
        """Let `count` new people come; see `sandbox.actions.bulk_add`."""
        return self.call("POST", "bulk_add", {"count": count, **words})

    def bulk_actions(self, actions: Iterable[JSONDict]) -> list[JSONDict]:
        """Run many actions in order."""
        results: list[JSONDict] = self.call("POST", "bulk_actions", {"actions": list(actions)})[
            "results"
        ]
        return results

    def members(self) -> list[JSONDict]:
        """Return all members."""
        rows: list[JSONDict] = self.call("GET", "members")["members"]
        return rows

    def customers(self, q: str = "", offset: int = 0, limit: int = 50) -> list[JSONDict]:
        """Search customers."""
        answer = self.call("GET", "customers", q=q, offset=offset, limit=limit)
        rows: list[JSONDict] = answer["customers"]
        return rows

    def customer(self, reference: str) -> JSONDict:
        """Return one customer with all relations."""
        return self.call("GET", f"customers/{quote(reference)}")

    def set_faults(self, *rules: JSONDict) -> None:
        """Replace the fault rules."""
        self.call("POST", "faults", {"rules": list(rules)})

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self.call("DELETE", "faults")

    def kill_tokens(self, app: str = "") -> int:
        """Make tokens invalid (40014)."""
        return int(self.call("POST", "tokens/kill", {"app": app})["touched"])

    def age_tokens(self, app: str = "") -> int:
        """Let tokens expire (42001)."""
        return int(self.call("POST", "tokens/age", {"app": app})["touched"])

    def now(self) -> float:
        """Return simulated Unix seconds."""
        return float(self.call("GET", "clock")["now"])

    def advance(self, seconds: float) -> JSONDict:
        """Move simulated time; the clock hooks have answered when this returns."""
        return self.call("POST", "clock/advance", {"seconds": seconds})

    def freeze(self, at: float | None) -> float:
        """Let simulated time stand still at a Unix time, or run again with None."""
        return float(self.call("POST", "clock/freeze", {"at": at})["now"])

    def change_settings(self, **settings: Any) -> JSONDict:
        """Change settings of the simulator."""
        return self.call("PATCH", "settings", settings)

    def outbox(self, since: int | None = None, **filters: Any) -> list[JSONDict]:
        """Return what devices received; filters `kind`, `to_kind`, `to`, `limit`."""
        rows: list[JSONDict] = self.call("GET", "outbox", since=since, **filters)["entries"]
        return rows

    def requests(self, since: int | None = None, **filters: Any) -> list[JSONDict]:
        """Return the log of API calls; filters `path`, `app`, `errcode`, `fault`, `limit`."""
        rows: list[JSONDict] = self.call("GET", "requests", since=since, **filters)["entries"]
        return rows

    def report(self) -> JSONDict:
        """Return unknown fields and other misuse."""
        return self.call("GET", "report")

    def callbacks(self, **filters: Any) -> JSONDict:
        """Return counts and the last deliveries; filters `state`, `limit`, `plain=1`."""
        return self.call("GET", "callbacks", **filters)

    def drain_callbacks(self, timeout_seconds: float = 60.0) -> JSONDict:
        """Wait until all queued callbacks are delivered or given up."""
        return self.call("POST", "callbacks/drain", {"timeout_seconds": timeout_seconds})

    def pause_callbacks(self) -> None:
        """Keep events in the queue."""
        self.call("POST", "callbacks/pause")

    def resume_callbacks(self) -> None:
        """Send queued events again."""
        self.call("POST", "callbacks/resume")

    def snapshot(self) -> JSONDict:
        """Return the world as JSON."""
        return self.call("GET", "snapshot")

    def keep_snapshot(self, name: str = "default") -> None:
        """Keep a snapshot inside the simulator."""
        self.call("POST", "snapshot", {"name": name})

    def restore(self, snapshot: JSONDict | None = None, name: str = "default") -> None:
        """Restore a given or kept snapshot."""
        self.call("POST", "restore", {"snapshot": snapshot} if snapshot else {"name": name})

    def seed(
        self,
        world: str,
        seed: int = 1,
        customers: int = 12_000,
        frozen_at: float | None = None,
    ) -> JSONDict:
        """Begin again with another world; faults, tokens, journals and reports are forgotten."""
        words = {"world": world, "seed": seed, "customers": customers, "frozen_at": frozen_at}
        return self.call("POST", "seed", words)

    def truth(self) -> JSONDict:
        """Return everything the APIs could reveal."""
        return self.call("GET", "truth")

    def set_callback_url(self, slug: str, url: str) -> None:
        """Point an app's callbacks at a receiver."""
        self.call("PATCH", f"apps/{slug}", {"callback_url": url})

    def change_app(self, slug: str, **fields: Any) -> JSONDict:
        """Change fields of an app."""
        return self.call("PATCH", f"apps/{slug}", fields)

    def oauth_code(self, who: str, scope: str = "") -> str:
        """Return a login code for a userid, external_userid or handle."""
        return str(self.call("POST", "oauth_codes", {"as": who, "scope": scope})["code"])
