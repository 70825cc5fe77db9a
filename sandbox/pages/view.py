"""What a page visitor looks at: the selection kept in the address, and the people behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sandbox.entities import Customer, JSONDict, Member
from sandbox.pages.markup import Markup, el
from sandbox.simulator import Simulator
from sandbox.state import Corp

SCREENS = ("people", "chats", "scan", "groups", "moments")
TABS = ("inbox", "sends", "customers", "moments", "members")
RECENT_ENTRIES = 4_000


@dataclass(frozen=True, slots=True)
class Selection:
    """The state of the page; it is the query of the address, so that a view can be shared.

    Attributes:
        customer: external_userid whose phone is shown.
        screen: Screen of the phone, one of `SCREENS`.
        chat: userid or chat_id of the open conversation on the phone.
        member: userid whose WeCom is shown.
        tab: Tab of WeCom, one of `TABS`.
        focus: external_userid that the member looks at.
        q: Search among customers; `find`: among the member's customers; `code`: among codes.
    """

    customer: str = ""
    screen: str = "people"
    chat: str = ""
    member: str = ""
    tab: str = "inbox"
    focus: str = ""
    q: str = ""
    find: str = ""
    code: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Selection:
        """Read a selection; unknown screens and tabs become the first ones."""
        known = {name: query[name][:128] for name in cls.__slots__ if name in query}
        chosen = cls(**known)
        if chosen.screen not in SCREENS:
            chosen = replace(chosen, screen="people")
        return chosen if chosen.tab in TABS else replace(chosen, tab="inbox")

    def href(self, **changes: str) -> str:
        """Return the address of this selection with some fields changed."""
        fields = asdict(replace(self, **changes))
        return "?" + urlencode({name: value for name, value in fields.items() if value})


@dataclass(slots=True)
class View:
    """One rendering: the simulator, the corp, the selection, the recent outbox."""

    sim: Simulator
    corp: Corp
    sel: Selection
    entries: list[JSONDict] = field(default_factory=list)
    customer: Customer | None = None
    member: Member | None = None

    @classmethod
    def of(cls, sim: Simulator, sel: Selection) -> View:
        """Resolve a selection; without a member the first one with customers is chosen."""
        corp = sim.world.corp()
        view = cls(sim, corp, sel)
        view.entries = sim.outbox.since(max(0, sim.outbox.last_id - RECENT_ENTRIES))
        view.customer = corp.customers.get(sel.customer) or corp.by_handle.get(sel.customer)
        view.member = corp.members.get(sel.member) or next(
            (m for m in corp.members.values() if m.customer_contact and not m.left_at), None
        )
        if view.customer is None and sel.screen != "people":
            view.sel = replace(sel, screen="people")
        return view

    def go(self, text: str | Markup, /, *, class_: str = "", **changes: str) -> Markup:
        """Return a link to a changed selection."""
        return el("a", text, href=self.sel.href(**changes), class_=class_, data_go=True)

    def name_of(self, userid: str) -> str:
        """Return a member's name, the userid of unknown ones."""
        member = self.corp.members.get(userid)
        return member.name if member else userid

    def customer_name(self, external_userid: str) -> str:
        """Return a customer's nickname, the id of unknown ones."""
        customer = self.corp.customers.get(external_userid)
        return customer.name if customer else external_userid


def clock_text(second: float, pattern: str = "%m-%d %H:%M") -> str:
    """Write a moment in Shanghai time."""
    return (datetime.fromtimestamp(second, UTC) + timedelta(hours=8)).strftime(pattern)


def args(**values: object) -> str:
    """Write the arguments of an action for a `data-args` attribute."""
    return json.dumps(values, ensure_ascii=False)


def avatar(name: str, key: str, *, kind: str = "") -> Markup:
    """Return a coloured square with the first character of a name."""
    tone = sum(key.encode()) % 8
    return el("span", (name.strip() or "·")[0], class_=f"avatar tone{tone} {kind}".rstrip())


def empty(text: str, hint: str = "") -> Markup:
    """Return the picture of an empty list."""
    return el("div", el("p", text), el("p", hint, class_="faint") if hint else None, class_="empty")


def search(view: View, name: str, placeholder: str) -> Markup:
    """Return a search field that keeps the rest of the selection."""
    value = str(getattr(view.sel, name))
    hidden = [
        el("input", type="hidden", name=key, value=str(item))
        for key, item in asdict(view.sel).items()
        if item and key != name
    ]
    return el(
        "form",
        hidden,
        el(
            "input",
            type="search",
            name=name,
            value=value,
            placeholder=placeholder,
            aria_label=placeholder,
            autocomplete="off",
        ),
        class_="search",
        data_search=True,
        role="search",
    )
