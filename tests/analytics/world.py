"""A small world for figures: people who come and go, and a recount that knows no facts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from analytics.services.folding import fold_figures
from common.clock import SHANGHAI
from customers.models import Event, Follow, Identity
from customers.services.identities import Resolved
from org.models import Staff
from tests.makers import NOW

# A Sunday, 11:00 in Shanghai.
TODAY = date(2026, 11, 22)
WEEK = Period(TODAY - timedelta(days=6), TODAY)
COMPANY = Scope(None, None)


def at(text: str) -> datetime:
    """A moment by Asia/Shanghai's wall clock, such as `2026-11-21 09:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def fold(now: datetime = NOW) -> int:
    """Fold everything there is."""
    return fold_figures(now=now, budget_seconds=10)


def follow(staff: Staff, person: Resolved) -> None:
    """Let WeCom know the relation: it is what makes a customer visible."""
    Follow.objects.get_or_create(
        staff=staff,
        identity_id=person.identity_id,
        defaults={"status": Follow.Status.FRIEND, "is_listed": True},
    )


@dataclass
class Recount:
    """What the ledger says, told event by event in the order of time."""

    spans: dict[tuple[int, int | None], list[list[Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    reads: list[tuple[datetime, int, int | None]] = field(default_factory=list)
    owners: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of_ledger(cls) -> "Recount":
        """Read everything."""
        told = cls(owners=dict(Identity.objects.values_list("id", "customer_id")))
        for event in Event.objects.order_by("occurred_at", "id"):
            told._take(event)
        return told

    def _take(self, event: Event) -> None:
        spans = self.spans[event.identity_id, event.staff_id]
        is_friend = bool(spans) and spans[-1][1] is None
        if event.type == "friend_added" and not is_friend:
            spans.append([event.occurred_at, None])
        elif event.type.startswith("friend_removed") and is_friend:
            spans[-1][1] = event.occurred_at
        elif event.type == "link_opened":
            self.reads.append((event.occurred_at, self.owners[event.identity_id], event.staff_id))

    def of(self, scope: Scope) -> Iterable[tuple[int, datetime, datetime | None]]:
        """Spans by staff who are counted: (customer, begin, end)."""
        for (identity_id, staff_id), spans in self.spans.items():
            if scope.staff_ids is None or staff_id in scope.staff_ids:
                for began, ended in spans:
                    yield self.owners[identity_id], began, ended

    def friends(self, scope: Scope, moment: datetime) -> set[int]:
        """Who was a friend just before a moment."""
        return {
            customer
            for customer, began, ended in self.of(scope)
            if began < moment and (ended is None or ended >= moment)
        }

    def added(self, scope: Scope, period: Period) -> set[int]:
        """Who became a friend in the period and had not been one."""
        came = {c for c, began, _ in self.of(scope) if period.start <= began < period.end}
        return came - self.friends(scope, period.start)

    def lost(self, scope: Scope, period: Period) -> set[int]:
        """Who left in the period and is no friend after it."""
        left = {c for c, _, end in self.of(scope) if end and period.start <= end < period.end}
        return left - self.friends(scope, period.end)

    def readers(self, scope: Scope, period: Period) -> set[int]:
        """Who opened a link in the period."""
        return {
            customer
            for moment, customer, staff_id in self.reads
            if period.start <= moment < period.end
            and (scope.staff_ids is None or staff_id in scope.staff_ids)
        }
