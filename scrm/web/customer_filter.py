"""The filter of the customers list (客户筛选): what its address may say, for pages, files and jobs.

A filter that is kept (a saved view, a bulk job) is kept as its query: what the address says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

import django_filters  # type: ignore[import-untyped] # it ships no types
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.clock import local_date
from customers.models import Customer, Profile
from customers.selectors import narrowing
from customers.selectors.customers import customers_visible_to
from customers.selectors.narrowing import Customers
from org.models import User

WORDS_CHARACTERS: Final = 64
MOST_YUAN: Final = 100_000_000
MOST_NUMBER: Final = 2**62
ACTIVE: Final = (
    ("1", _("24 小时内")),
    ("7", _("7 天内")),
    ("30", _("30 天内")),
    ("idle30", _("超过 30 天未互动")),
    ("idle60", _("超过 60 天未互动")),
    ("idle90", _("超过 90 天未互动")),
)
ADDED: Final = (
    ("today", _("今日")),
    ("yesterday", _("昨日")),
    ("7", _("近7日")),
    ("30", _("近30日")),
    ("60", _("近60日")),
)


class WholeNumberFilter(django_filters.NumberFilter):  # type: ignore[misc] # untyped base
    """A number without a fraction."""

    field_class = forms.IntegerField


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by; words are searched by the page itself, in several ways."""

    q = django_filters.CharFilter(method="keep_all", max_length=WORDS_CHARACTERS)
    stage = django_filters.MultipleChoiceFilter(
        method="filter_stage", choices=Profile.Stage.choices, label=_("生命周期")
    )
    relation = django_filters.ChoiceFilter(
        method="filter_relation", choices=Profile.Relation.choices, label=_("关系")
    )
    staff = WholeNumberFilter(
        method="filter_staff",
        min_value=1,
        max_value=MOST_NUMBER,
        label=_("员工"),
    )
    tag = WholeNumberFilter(
        method="filter_tag",
        min_value=1,
        max_value=MOST_NUMBER,
        label=_("标签"),
    )
    channel = django_filters.CharFilter(
        method="filter_channel", max_length=128, label=_("渠道活码")
    )
    active = django_filters.ChoiceFilter(
        method="filter_active", choices=ACTIVE, label=_("最近互动")
    )
    added = django_filters.ChoiceFilter(method="filter_added", choices=ADDED, label=_("添加时间"))
    added_from = django_filters.DateFilter(method="filter_added_from", label=_("添加于（从）"))
    added_to = django_filters.DateFilter(method="filter_added_to", label=_("添加于（到）"))
    spend_min = WholeNumberFilter(
        method="filter_spend_min",
        min_value=0,
        max_value=MOST_YUAN,
        label=_("消费至少（元）"),
    )
    spend_max = WholeNumberFilter(
        method="filter_spend_max",
        min_value=0,
        max_value=MOST_YUAN,
        label=_("消费至多（元）"),
    )

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = []

    def __init__(self, data: QueryDict, *, queryset: Customers, now: datetime) -> None:
        """Read what the address says, as of a moment."""
        self.now = now
        super().__init__(data, queryset=queryset)

    def keep_all(self, customers: Customers, name: str, value: Any) -> Customers:
        """Leave the list as it is."""
        return customers

    def filter_stage(self, customers: Customers, name: str, value: Sequence[str]) -> Customers:
        """Keep some stages of the life cycle."""
        return narrowing.in_stages(customers, value) if value else customers

    def filter_relation(self, customers: Customers, name: str, value: str) -> Customers:
        """Keep friends, lost ones, or those who never were friends."""
        return narrowing.of_relation(customers, value)

    def filter_staff(self, customers: Customers, name: str, value: int) -> Customers:
        """Keep the friends of a staff member."""
        return narrowing.friends_of(customers, int(value))

    def filter_tag(self, customers: Customers, name: str, value: int) -> Customers:
        """Keep who carries a tag."""
        return narrowing.tagged(customers, int(value))

    def filter_channel(self, customers: Customers, name: str, value: str) -> Customers:
        """Keep whom a channel code brought."""
        return narrowing.by_channel(customers, value)

    def filter_active(self, customers: Customers, name: str, value: str) -> Customers:
        """Keep who did something lately, or who has not for long."""
        days = timedelta(days=int(value.removeprefix("idle")))
        if value.startswith("idle"):
            return narrowing.idle_since(customers, self.now - days)
        return narrowing.active_since(customers, self.now - days)

    def filter_added(self, customers: Customers, name: str, value: str) -> Customers:
        """Keep who was added in the last days; days are of Asia/Shanghai, today is one of them."""
        today = local_date(self.now)
        if value == "yesterday":
            day = today - timedelta(days=1)
            return narrowing.added(
                customers, since=narrowing.day_begins(day), until=narrowing.day_ends(day)
            )
        days = 1 if value == "today" else int(value)
        return narrowing.added(
            customers, since=narrowing.day_begins(today - timedelta(days=days - 1))
        )

    def filter_added_from(self, customers: Customers, name: str, value: date) -> Customers:
        """Keep who was added on a day or later."""
        return narrowing.added(customers, since=narrowing.day_begins(value))

    def filter_added_to(self, customers: Customers, name: str, value: date) -> Customers:
        """Keep who was added on a day or earlier."""
        return narrowing.added(customers, until=narrowing.day_ends(value))

    def filter_spend_min(self, customers: Customers, name: str, value: int) -> Customers:
        """Keep who spent so much or more."""
        return narrowing.spent(customers, least_fen=int(value) * 100)

    def filter_spend_max(self, customers: Customers, name: str, value: int) -> Customers:
        """Keep who spent so much or less."""
        return narrowing.spent(customers, most_fen=int(value) * 100)


@dataclass(frozen=True, slots=True)
class Choice:
    """Customers as they were chosen: by filter and by words, or one by one.

    Attributes:
        query: What the address says of it, without what is empty or not understood.
    """

    customers: Customers
    words: str
    query: dict[str, list[str]]


def choose(viewer: User, data: QueryDict, *, now: datetime) -> Choice:
    """Return the customers in the viewer's data scope that an address asks for."""
    filters = CustomerFilter(data, queryset=customers_visible_to(viewer), now=now)
    filters.form.is_valid()
    understood = filters.form.cleaned_data
    query = {
        name: [value for value in data.getlist(name) if value]
        for name in filters.filters
        if understood.get(name) not in (None, "", [])
    }
    return Choice(filters.qs, str(understood.get("q") or "").strip(), query)


def query_dict(query: Mapping[str, Sequence[str]]) -> QueryDict:
    """Return a kept filter as an address would say it."""
    data = QueryDict(mutable=True)
    for name, values in query.items():
        data.setlist(name, list(values))
    return data


def chosen_customers(user: User, chosen: Mapping[str, Any], now: datetime) -> tuple[Customers, str]:
    """Return whom a job's kept choice means now: the customers in scope, and words besides.

    Args:
        chosen: Either `ids`, one by one, or `query`, all that match.
    """
    if "ids" in chosen:
        return customers_visible_to(user).filter(id__in=chosen["ids"]), ""
    choice = choose(user, query_dict(chosen["query"]), now=now)
    return choice.customers, choice.words
