"""The wire between the sandbox and us: nothing arrives unless a test lets it."""

import secrets as random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from common import clock, sql
from customers.models import RefreshRequest
from customers.services.dispatcher import dispatch_due
from customers.services.intake import take_in
from customers.services.refresh import refresh_due
from customers.services.sync import advance_jobs, start_sweep, start_sync
from org.models import Job
from sandbox import crypto
from sandbox.client import SimClient
from scrm.loop import INTAKE, ROUTES
from tests.makers import make_app
from tests.truth import Pair, differences, our_copy
from wecom import keys, tokens
from wecom.models import Corp
from wecom.services.receipts import Received, receive_callback

KEYS = {
    "scrm": ("scrmTestToken01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"),
    "contacts": ("contactsToken01", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"),
}
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One event that WeCom sends to one app."""

    app: str
    change_type: str
    plain: str


class Wire:
    """WeCom in the sandbox, our services in this process, and callbacks in a test's hand."""

    def __init__(self, sim: SimClient) -> None:
        self.sim = sim
        sim.call("POST", "callbacks/clear")

    @property
    def corp(self) -> Corp:
        return Corp.objects.get()

    def sent(self) -> list[Sent]:
        """Return what WeCom has sent since the last look, in order."""
        rows = self.sim.callbacks(limit=20_000, plain=1)["deliveries"]
        self.sim.call("POST", "callbacks/clear")
        return [Sent(row["app"], row["change_type"], row["plain"]) for row in rows]

    def post(self, sent: Sent) -> Received:
        """Let one event arrive, encrypted anew, as every try of WeCom is."""
        corp_id = self.corp.corp_id
        token, aes_key = KEYS[sent.app]
        encrypted = crypto.encrypt(aes_key, sent.plain, corp_id)
        timestamp, nonce = str(int(self.sim.now())), random.token_hex(4)
        body = f"<xml><ToUserName>{corp_id}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
        signed = crypto.signature(token, timestamp, nonce, encrypted)
        return receive_callback(
            corp_id=corp_id,
            app_slug=sent.app,
            query={"msg_signature": signed, "timestamp": timestamp, "nonce": nonce},
            body=body.encode(),
            now=clock.now(),
        )

    def deliver(self, events: Iterable[Sent] | None = None) -> list[Sent]:
        """Let these events arrive, or all that were sent since the last look, and work them in."""
        chosen = list(self.sent() if events is None else events)
        for event in chosen:
            self.post(event)
        self.work()
        return chosen

    def act(self, action: str, /, **words: Any) -> dict[str, Any]:
        """Let somebody do something; what WeCom sends of it waits in `sent`."""
        return self.sim.act(action, **words)

    def work(self) -> None:
        """Work in all that has arrived, without a sweep."""
        self.take_in()
        self.refresh()
        self.dispatch()

    def take_in(self) -> int:
        return take_in(handlers=INTAKE, now=clock.now(), budget_seconds=PATIENCE_SECONDS)

    def refresh(self) -> int:
        return refresh_due(now=clock.now(), budget_seconds=PATIENCE_SECONDS)

    def dispatch(self) -> int:
        return dispatch_due(routes=ROUTES, now=clock.now(), budget_seconds=PATIENCE_SECONDS)

    def sync(self) -> Job:
        return self._walk(start_sync(corp=self.corp, now=clock.now()))

    def sweep(self) -> Job:
        (job,) = start_sweep(now=clock.now())
        return self._walk(job)

    def _walk(self, job: Job) -> Job:
        advance_jobs(now=clock.now(), budget_seconds=PATIENCE_SECONDS)
        self.refresh()
        self.dispatch()
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        return job

    def pass_time(self, seconds: float) -> None:
        """Let time pass for WeCom and for us alike."""
        offset = self.sim.advance(seconds)["offset_seconds"]
        clock.advance(offset_seconds=offset)

    def differences(self, untold: Collection[Pair] = ()) -> list[str]:
        return differences(self.sim.truth(), our_copy(self.corp.corp_id), untold)

    def is_at_rest(self) -> bool:
        """Nothing waits to be read from WeCom."""
        return not RefreshRequest.objects.exists()


def make_apps() -> Corp:
    """Make the fixture corp with its two apps, as the sandbox knows them."""
    corp = make_app().corp
    token, aes_key = KEYS["contacts"]
    make_app(
        corp,
        slug="contacts",
        agent_id=None,
        secret="sandbox-secret-contacts",
        callback_token=token,
        aes_key=aes_key,
        purpose="contacts",
    )
    return corp


def empty_database() -> None:
    """Delete every row, between the examples of one test or after it."""
    kept = ("django_migrations", "django_content_type", "auth_permission")
    tables = sql.fetch_all(
        """SELECT relname FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
              AND NOT relispartition AND relname <> ALL(%s)""",
        [list(kept)],
    )
    with transaction.atomic():
        sql.execute("SET LOCAL session_replication_role = replica")  # append-only tables refuse
        for (name,) in tables:
            sql.execute(f'DELETE FROM "{name}"')  # noqa: S608 - the catalogue's own names
    forget()


def forget() -> None:
    """Drop what this process remembers of rows that are gone."""
    keys.ring.forget()
    tokens.forget()
    clock._cache.read_at, clock._cache.value = -1e9, type(clock._cache.value)(0)
