"""What the send protocol needs of its store (存储口): five operations, each one transaction.

Everything else about a dispatch is decided by pure functions: `outcomes`, `trying`, `policies`.
The product keeps its rows in PostgreSQL. The simulated histories of `tests/sim` keep them in
memory, and a conformance suite holds both to the same behaviour.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from touches.services.cancelling import CancelReport, cancel_touches
from touches.services.claiming import claim_due, reap_expired
from touches.services.outcomes import Claimed, Verdict
from touches.services.sending import expire_overdue
from touches.services.settling import Settled, settle


class Store(Protocol):
    """Rows of dispatches and touches; what is business time is `now`, leases are the store's."""

    def claim(self, kinds: Sequence[str], *, limit: int, now: datetime) -> list[Claimed]:
        """Take due dispatches under a lease and a new token; committed when this returns."""

    def reap(self, now: datetime) -> int:
        """Take back what belongs to workers that never came back."""

    def settle(self, verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
        """Write outcomes; returns those whose token was still the row's."""

    def withdraw(
        self, touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
    ) -> CancelReport:
        """Withdraw touches that have not left."""

    def expire(self, now: datetime) -> int:
        """End the touches whose validity is over."""


class PostgresStore:
    """The product's store: the functions of `claiming`, `settling`, `cancelling`, `sending`."""

    def claim(self, kinds: Sequence[str], *, limit: int, now: datetime) -> list[Claimed]:
        """See `claim_due`."""
        return claim_due(kinds, limit=limit, now=now)

    def reap(self, now: datetime) -> int:
        """See `reap_expired`."""
        return reap_expired(now)

    def settle(self, verdicts: Sequence[Verdict], *, actor: str, now: datetime) -> list[Settled]:
        """See `settle`."""
        return settle(verdicts, actor=actor, now=now)

    def withdraw(
        self, touch_ids: Sequence[int], *, reason: str, actor: str, now: datetime
    ) -> CancelReport:
        """See `cancel_touches`."""
        return cancel_touches(touch_ids, reason=reason, actor=actor, now=now)

    def expire(self, now: datetime) -> int:
        """See `expire_overdue`."""
        return expire_overdue(now)
