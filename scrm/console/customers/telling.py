"""What the customers list shows (客户列表): rows, tabs, filters, columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from campaigns.models import ChannelCode
from campaigns.selectors.channel_codes import channel_codes_visible_to
from customers.models import Profile, SavedView
from customers.selectors.listing import DEFAULT_ORDER, list_of, size_of
from customers.selectors.rows import CustomerRow, rows_of
from customers.selectors.tags import live_tags
from customers.selectors.views import columns_of, views_visible_to
from org.models import Job, User
from org.selectors.jobs import jobs_visible_to
from org.selectors.staff import called, followers_visible_to
from scrm.web.customer_filter import ACTIVE, ADDED, Choice, choose, query_dict

STAGE_TONES: Final[dict[str, str]] = {
    Profile.Stage.FIRST: "warn",
    Profile.Stage.REPURCHASE: "cyan",
    Profile.Stage.MEMBER: "brand",
    Profile.Stage.ADVOCATE: "violet",
    Profile.Stage.LOST: "bad",
}
COLUMNS: Final[dict[str, str | Promise]] = {
    "stage": gettext_lazy("生命周期"),
    "relation": gettext_lazy("关系"),
    "tags": gettext_lazy("标签"),
    "owners": gettext_lazy("跟进员工"),
    "channel": gettext_lazy("来源渠道"),
    "spend": gettext_lazy("累计消费"),
    "orders": gettext_lazy("订单数"),
    "opens": gettext_lazy("打开素材"),
    "active": gettext_lazy("最近互动"),
    "added": gettext_lazy("添加时间"),
}
USUAL_COLUMNS: Final = ("stage", "tags", "owners", "channel", "spend", "active", "added")
SORTED_BY: Final = ("spend", "active", "added")
KINDS: Final = {
    "spend": "number",
    "orders": "number",
    "opens": "number",
    "active": "time",
    "added": "time",
}
# How long a job that has ended stays above the list.
# The views that a company begins with: they are named in the reader's language.
FIRST_VIEWS: Final = frozenset(
    {
        gettext_noop("新客未首购"),
        gettext_noop("复购客户"),
        gettext_noop("消费满千"),
        gettext_noop("沉睡老客"),
        gettext_noop("群内未加好友"),
        gettext_noop("已流失"),
    }
)
JOBS_SHOWN: Final = timedelta(minutes=30)
MOST_JOBS: Final = 3
LIST_JOBS: Final = ("bulk_tag", "bulk_tag_undo", "export")


@dataclass(frozen=True, slots=True)
class ShownCustomer:
    """A row with what stands for its codes."""

    row: CustomerRow
    stage: str
    tone: str
    relation: str
    channel: str
    detail: str
    url: str

    @property
    def name(self) -> str:
        """What to call them."""
        return self.row.name or _("未命名客户")

    @property
    def tags(self) -> list[str]:
        """The names of the tags."""
        return [tag.name for tag in self.row.tags]

    @property
    def more_owners(self) -> int:
        """How many of the staff are friends with them beside the first."""
        return max(0, len(self.row.owners) - 1)


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab above the list: a saved view, or everybody."""

    label: str
    url: str
    is_on: bool
    count: str | None = None
    view: SavedView | None = None


def list_context(viewer: User, data: QueryDict, *, now: datetime) -> dict[str, Any]:
    """Return what the list itself needs: its rows, how many there are, where it goes on."""
    choice = choose(viewer, data, now=now)
    place = data.get("page", "")
    page, size = list_of(
        choice.customers,
        words=choice.words,
        order=data.get("sort") or DEFAULT_ORDER,
        after=place.removeprefix("after.") if place.startswith("after.") else "",
        before=place.removeprefix("before.") if place.startswith("before.") else "",
    )
    return {
        "rows": _shown(rows_of(page.ids)),
        "page": page,
        "size": size,
        "size_words": count_words(size.count, is_exact=size.is_exact),
        "choice": choice,
        "address": kept_address(choice, data),
        "columns": _columns(columns := columns_of(viewer, default=USUAL_COLUMNS)),
        "on": {key: str(label) for key, label in COLUMNS.items() if key in columns},
        "jobs": recent_jobs(viewer, now=now),
        "tag_groups": _tag_groups(),
    }


def bar_context(viewer: User, choice: Choice) -> dict[str, Any]:
    """Return what the filter bar and the tabs above the list need."""
    value = {name: values[0] for name, values in choice.query.items()}
    return {
        "value": value,
        "stages": Profile.Stage.choices,
        "chosen_stages": choice.query.get("stage", []),
        "relations": Profile.Relation.choices,
        "staff_options": followers_visible_to(viewer).values_list("pk", called()),
        "channel_options": channel_codes_visible_to(viewer)
        .order_by("name")
        .values_list("state", "name"),
        "active_options": ACTIVE,
        "added_options": ADDED,
        "more_count": sum(
            name in value
            for name in ("relation", "added", "added_from", "added_to", "spend_min", "spend_max")
        ),
        "tabs": tabs(viewer, choice.query),
    }


def tabs(viewer: User, query: dict[str, list[str]]) -> list[Tab]:
    """Return the tabs, without counts: those come when the page is there."""
    views = views_visible_to(viewer)
    return [_tab(None, query), *(_tab(view, query) for view in views)]


def counted_tabs(viewer: User, query: dict[str, list[str]], *, now: datetime) -> list[Tab]:
    """Return the tabs with how many customers of the viewer's scope each holds."""
    counted = []
    for view in (None, *views_visible_to(viewer)):
        choice = choose(viewer, query_dict(view.query if view else {}), now=now)
        size = size_of(choice.customers, words=choice.words)
        counted.append(_tab(view, query, count_words(size.count, is_exact=size.is_exact)))
    return counted


def count_words(count: int, *, is_exact: bool) -> str:
    """Say how many, with a word where it is an estimate; two digits of that mean something."""
    if is_exact:
        return f"{count:,}"
    step = 10 ** max(0, len(str(count)) - 2)
    return _("约 {count}").format(count=f"{round(count / step) * step:,}")


def recent_jobs(viewer: User, *, now: datetime) -> list[Job]:
    """Return the viewer's jobs over customers: those that run, and those that have just ended."""
    recent = Q(state=Job.State.RUNNING) | Q(finished_at__gte=now - JOBS_SHOWN)
    own = jobs_visible_to(viewer).filter(recent, started_by=viewer, kind__in=LIST_JOBS)
    return list(own.order_by("-id")[:MOST_JOBS])


def kept_address(choice: Choice, data: QueryDict) -> str:
    """Return the query of the list as it is, for forms that lead back to it."""
    kept = query_dict(choice.query)
    sort = data.get("sort")
    if sort:
        kept["sort"] = str(sort)
    return kept.urlencode()


def _columns(shown: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": label,
            "is_on": key in shown,
            "kind": KINDS.get(key, ""),
            "sort": key if key in SORTED_BY else "",
        }
        for key, label in COLUMNS.items()
    ]


def _tab(view: SavedView | None, query: dict[str, list[str]], count: str | None = None) -> Tab:
    held = dict(view.query) if view else {}
    url = reverse("customers")
    return Tab(
        label=_view_name(view) if view else _("全部客户"),
        url=f"{url}?{query_dict(held).urlencode()}" if held else url,
        is_on=held == query,
        count=count,
        view=view,
    )


def _shown(rows: Sequence[CustomerRow]) -> list[ShownCustomer]:
    states = {row.state for row in rows if row.state}
    names = dict(ChannelCode.objects.filter(state__in=states).values_list("state", "name"))
    stages = {stage: str(label) for stage, label in Profile.Stage.choices}
    relations = {relation: str(label) for relation, label in Profile.Relation.choices}
    above = reverse("customers")
    return [
        ShownCustomer(
            row=row,
            stage=stages[row.stage],
            tone=STAGE_TONES.get(row.stage, ""),
            relation=relations[row.relation],
            channel=names.get(row.state, row.state),
            detail=" · ".join(
                part for part in (row.mobiles[0] if row.mobiles else "", row.remark) if part
            ),
            url=f"{above}{row.uid}/",
        )
        for row in rows
    ]


def _tag_groups() -> list[tuple[str, list[tuple[int, str]]]]:
    return [
        (name, [(key, label) for _group, key, label in tags])
        for name, tags in groupby(
            live_tags().values_list("group__name", "pk", "name"), key=itemgetter(0)
        )
    ]


def _view_name(view: SavedView) -> str:
    return _(view.name) if view.name in FIRST_VIEWS else view.name
