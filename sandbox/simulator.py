"""One running simulator: the world and everything around it that is not part of a snapshot."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.callbacks import CallbackSender
from sandbox.config import SandboxConfig
from sandbox.entities import App, JSONDict
from sandbox.errors import ApiError
from sandbox.faults import Faults
from sandbox.stamps import Journal, Stamps
from sandbox.state import Corp, World

LOG = logging.getLogger("sandbox")


@dataclass(slots=True)
class Token:
    """An access token of one app."""

    value: str
    corp_id: str
    slug: str
    expires_at: float
    killed: bool = False


@dataclass(slots=True)
class OAuthCode:
    """A login code: single use, five minutes."""

    code: str
    corp_id: str
    userid: str
    external_userid: str
    scope: str
    issued_at: float
    used: bool = False


class Tokens:
    """Access tokens and JS tickets: one per (corp, app), stable while valid."""

    def __init__(self, world: World) -> None:
        """Start without tokens."""
        self._world = world
        self._current: dict[tuple[str, str], Token] = {}
        self._all: dict[str, Token] = {}
        self._made = 0

    def issue(self, corp_id: str, slug: str) -> Token:
        """Return the valid token of an app, a new one when there is none."""
        now = self._world.clock.now()
        token = self._current.get((corp_id, slug))
        if token is None or token.killed or token.expires_at <= now:
            self._made += 1
            value = self._opaque(f"{corp_id}:{slug}:{self._made}")
            token = Token(value, corp_id, slug, now + self._world.settings.token_seconds)
            self._current[corp_id, slug] = self._all[value] = token
        return token

    def check(self, value: str) -> Token:
        """Return a usable token.

        Raises:
            ApiError: 41001 missing, 40014 unknown or killed, 42001 expired.
        """
        if not value:
            raise ApiError(41001)
        token = self._all.get(value)
        if token is None or token.killed:
            raise ApiError(40014)
        if token.expires_at <= self._world.clock.now():
            raise ApiError(42001)
        return token

    def kill(self, slug: str = "") -> int:
        """Make tokens invalid early (40014); return how many."""
        return self._touch(slug, kill=True)

    def age(self, slug: str = "") -> int:
        """Let tokens expire now (42001); return how many."""
        return self._touch(slug, kill=False)

    def _touch(self, slug: str, *, kill: bool) -> int:
        chosen = [t for t in self._current.values() if slug in ("", t.slug)]
        for token in chosen:
            if kill:
                token.killed = True
            else:
                token.expires_at = 0.0
        return len(chosen)

    def ticket(self, corp_id: str, slug: str) -> str:
        """Return the JS ticket of a corp (`slug` empty) or of an app."""
        window = int(self._world.clock.now() // self._world.settings.token_seconds)
        return "TICKET-" + self._opaque(f"ticket:{corp_id}:{slug}:{window}")[:64]

    def _opaque(self, text: str) -> str:
        digest = hashlib.sha512(f"{self._world.seed}:{text}".encode()).hexdigest()
        return f"AT-{digest}"


class Simulator:
    """The world with its clocks, tokens, faults, callbacks, journals."""

    def __init__(self, config: SandboxConfig, world: World) -> None:
        """Wire the parts; nothing runs before the first request."""
        self.config = config
        self.world = world
        self.stamps = Stamps()
        self.faults = Faults(world.chance)
        self.tokens = Tokens(world)
        self.callbacks = CallbackSender(world, self.faults, self.stamps)
        self.outbox = Journal(100_000)
        self.requests = Journal(5_000)
        self.request_counts: Counter[str] = Counter()
        self.unknown_fields: Counter[str] = Counter()
        self.warnings: deque[str] = deque(maxlen=500)
        self.warning_counts: Counter[str] = Counter()
        self.oauth_codes: dict[str, OAuthCode] = {}
        self.staff_sends: dict[tuple[str, str], deque[float]] = {}
        self.recent_sends: dict[str, tuple[str, float]] = {}
        self.clock_watchers: list[Callable[[float], None]] = []
        self.latency = config.latency
        self.rate_limits = config.rate_limits

    def deliver(  # each word is one column of the outbox
        self, corp: Corp, to_kind: str, to: str, kind: str, payload: JSONDict, *, sender: str = ""
    ) -> JSONDict:
        """Record that a staff device, a customer's phone or a group received something."""
        return self.outbox.append(
            {
                "at": self.stamps.now(),
                "sim_at": self.world.clock.now(),
                "corp_id": corp.corp_id,
                "to_kind": to_kind,
                "to": to,
                "kind": kind,
                "from": sender,
                "payload": payload,
            }
        )

    def warn(self, key: str, detail: str = "") -> None:
        """Count a misuse of the API that the real host would swallow or only hint at."""
        if not self.warning_counts[key]:
            LOG.warning("%s: %s (counted from now on in /_sim/report)", key, detail)
        self.warning_counts[key] += 1
        self.warnings.append(f"{key}: {detail}" if detail else key)

    def new_oauth_code(self, corp: Corp, *, userid: str, external_userid: str, scope: str) -> str:
        """Issue a login code for a member or a customer."""
        code = self.world.mint("CODE-", 48)
        self.oauth_codes[code] = OAuthCode(
            code, corp.corp_id, userid, external_userid, scope, self.world.clock.now()
        )
        return code

    def advance(self, seconds: float) -> None:
        """Let simulated time pass and tell the watchers."""
        self.world.clock.advance(seconds)
        for watcher in self.clock_watchers:
            watcher(self.world.clock.offset)

    def become(self, world: World) -> None:
        """Go on with another world; whatever remembers the old one is forgotten."""
        self.world.replace_with(world)
        self.staff_sends.clear()
        self.recent_sends.clear()
        self.oauth_codes.clear()

    def start_over(self, world: World) -> None:
        """Begin again with a new world: no faults, no tokens, empty journals and reports."""
        self.become(world)
        self.faults.replace([])
        self.tokens.age()
        self.outbox.clear()
        self.requests.clear()
        self.request_counts.clear()
        self.unknown_fields.clear()
        self.warnings.clear()
        self.warning_counts.clear()
        self.callbacks.log.clear()
        self.callbacks.counts.clear()
        self.callbacks.resume()

    def app_of(self, corp: Corp, agent_id: int) -> App | None:
        """Return the app with an agent id."""
        return next((a for a in corp.apps.values() if a.agent_id == agent_id), None)
