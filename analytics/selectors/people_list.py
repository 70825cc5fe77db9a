"""The list behind a figure (下钻名单): its customers, newest first, with what makes them count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from analytics.models import ActivityHour, FriendSpan
from analytics.selectors.people import WHOLE, Cut, Rows, rows_behind
from analytics.selectors.periods import Period
from analytics.selectors.scopes import Scope
from common.clock import SHANGHAI
from customers.models import Customer
from sop.models import JourneyRun


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One customer behind a figure, with the fact that makes them count.

    Attributes:
        at: When they were added, left, were active, or entered.
        fact: The fact itself; None where it changed since the list was read.
    """

    customer: Customer
    staff_name: str = ""
    at: datetime | None = None
    fact: FriendSpan | ActivityHour | JourneyRun | None = None


class PeopleRows:
    """The customers behind a figure: as many as the figure says, sliced like a list."""

    def __init__(self, rows: Rows, *, is_ended: bool) -> None:
        self._rows = rows
        self._is_ended = is_ended
        self._customers = Customer.objects.filter(pk__in=rows.values("customer_id")).order_by("-pk")

    def __len__(self) -> int:
        return self._customers.count()

    def __getitem__(self, part: slice) -> list[Customer]:
        return list(self._customers[part])

    def details(self, customers: Iterable[Customer]) -> list[PersonRow]:
        """Return some of them with what makes them count; one query."""
        listed = list(customers)
        facts = self._facts([customer.pk for customer in listed])
        return [self._row(customer, facts.get(customer.pk)) for customer in listed]

    def _facts(self, ids: Sequence[int]) -> dict[int, Any]:
        """Return one fact of each customer, the latest."""
        rows = self._rows.filter(customer_id__in=ids).select_related("staff").order_by("pk")
        return {fact.customer_id: fact for fact in rows}

    def _row(self, customer: Customer, fact: Any) -> PersonRow:
        if fact is None:
            return PersonRow(customer)
        staff_name = str(fact.staff) if fact.staff is not None else ""
        return PersonRow(customer, staff_name, self._moment(fact), fact)

    def _moment(self, fact: FriendSpan | ActivityHour | JourneyRun) -> datetime | None:
        if isinstance(fact, ActivityHour):
            return datetime.combine(fact.active_on, time(fact.hour), tzinfo=SHANGHAI)
        if isinstance(fact, JourneyRun):
            return fact.entered_at
        return fact.ended_at if self._is_ended else fact.began_at


def people_rows(figure: str, *, scope: Scope, period: Period, cut: Cut = WHOLE) -> PeopleRows:
    """Return the list behind a figure.

    Raises:
        UnknownFigure: there is no figure of that name.
    """
    rows = rows_behind(figure, scope=scope, period=period, cut=cut)
    return PeopleRows(rows, is_ended=figure.startswith("lost"))
