"""The world of the simulator: corps with everything in them, the clock, the settings.

A `World` is plain data. `World.snapshot()` gives JSON, `World.restore()` the same world again.
Identifiers and chances are derived from (seed, purpose, counter), so that two worlds with the same
seed and the same history are equal, also after a snapshot.

A generator fills a corp with `put_*`; behaviour lives in `sandbox.actions` and `sandbox.api`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.codec import TRANSIENT, decoder, encode
from sandbox.entities import (
    App,
    AppKind,
    ContactWay,
    Customer,
    Department,
    GroupChat,
    GroupMember,
    JoinWay,
    JSONDict,
    Member,
    Relation,
    RelationKind,
    Tag,
    TagGroup,
)
from sandbox.traffic import (
    AcquisitionLink,
    AppMessage,
    BehaviorDay,
    MassMessage,
    MassResult,
    MassTask,
    Media,
    Moment,
    MomentTask,
    ResponseCode,
    Transfer,
    Unassigned,
    WelcomeCode,
    WelcomeTemplate,
)

__all__ = [
    "AcquisitionLink",
    "App",
    "AppKind",
    "AppMessage",
    "BehaviorDay",
    "Clock",
    "ContactWay",
    "Corp",
    "Customer",
    "Department",
    "GroupChat",
    "GroupMember",
    "JSONDict",
    "JoinWay",
    "MassMessage",
    "MassResult",
    "MassTask",
    "Media",
    "Member",
    "Moment",
    "MomentTask",
    "Relation",
    "RelationKind",
    "ResponseCode",
    "Settings",
    "Tag",
    "TagGroup",
    "Transfer",
    "Unassigned",
    "WelcomeCode",
    "WelcomeTemplate",
    "World",
]

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(slots=True)
class Clock:
    """Simulated time = real time + `offset`; a frozen clock stands still at `frozen_at`."""

    offset: float = 0.0
    frozen_at: float | None = None

    def now(self) -> float:
        """Return simulated Unix seconds."""
        return (time.time() if self.frozen_at is None else self.frozen_at) + self.offset

    def seconds(self) -> int:
        """Return simulated Unix time in whole seconds."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Let `seconds` of simulated time pass at once."""
        self.offset += seconds


@dataclass(slots=True)
class Settings:
    """Behaviour that the documents leave open or that tests want to change."""

    welcome_window_seconds: float = 20.0
    mass_dispatch_seconds: float = 5.0
    mass_auto_confirm_seconds: float = 0.0
    """Mean time after which members confirm mass messages by themselves; 0: only when told."""
    mass_auto_confirm_ratio: float = 0.85
    mass_quota: str = "month"
    """Receive quota of a customer: `month` (days of the month), `week` (7), `day` (1), `off`."""
    mass_list_lag_seconds: float = 0.0
    group_lag_seconds: float = 0.0
    transfer_seconds: int = 86_400
    token_seconds: int = 7_200
    oauth_code_seconds: int = 300
    media_days: int = 3
    tag_cap: int = 10_000
    contact_way_cap: int = 500_000
    rate_per_minute: int = 10_000
    rate_per_hour: int = 150_000
    concurrency_cap: int = 20
    short_pages: bool = False
    duplicates_by_real_time: bool = False
    """Count the duplicate check's interval in real time, for storms in which time runs ahead."""
    staff_messages_per_minute: int = 30
    staff_messages_per_hour: int = 1_000
    callback_timeout_seconds: float = 5.0
    callback_tries: int = 3
    callback_retry_seconds: float = 1.0
    callback_concurrency: int = 16
    unionid_bound: bool = True


@dataclass(slots=True)
class Corp:
    """One corp (企业) and everything WeCom keeps for it."""

    corp_id: str
    name: str
    departments: dict[int, Department] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    relations: dict[str, dict[str, Relation]] = field(default_factory=dict)
    """external_userid -> userid -> relation; use `put_relation` and `relation`."""
    tag_groups: dict[str, TagGroup] = field(default_factory=dict)
    contact_ways: dict[str, ContactWay] = field(default_factory=dict)
    join_ways: dict[str, JoinWay] = field(default_factory=dict)
    group_chats: dict[str, GroupChat] = field(default_factory=dict)
    welcome_templates: dict[str, WelcomeTemplate] = field(default_factory=dict)
    welcome_codes: dict[str, WelcomeCode] = field(default_factory=dict)
    mass_messages: dict[str, MassMessage] = field(default_factory=dict)
    mass_received: dict[str, list[int]] = field(default_factory=dict)
    """external_userid or chat_id -> times at which a mass message was received."""
    moments: dict[str, Moment] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    app_messages: dict[str, AppMessage] = field(default_factory=dict)
    response_codes: dict[str, ResponseCode] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    unassigned: list[Unassigned] = field(default_factory=list)
    acquisition_links: dict[str, AcquisitionLink] = field(default_factory=dict)
    intercept_rules: dict[str, JSONDict] = field(default_factory=dict)
    products: dict[str, JSONDict] = field(default_factory=dict)
    bills: list[JSONDict] = field(default_factory=list)
    behavior: dict[str, dict[int, BehaviorDay]] = field(default_factory=dict)
    """userid -> local midnight -> figures."""
    by_member: dict[str, dict[str, Relation]] = field(default_factory=dict, metadata=TRANSIENT)
    by_handle: dict[str, Customer] = field(default_factory=dict, metadata=TRANSIENT)
    by_secret: dict[str, App] = field(default_factory=dict, metadata=TRANSIENT)
    tags: dict[str, Tag] = field(default_factory=dict, metadata=TRANSIENT)
    cards: dict[str, AppMessage] = field(default_factory=dict, metadata=TRANSIENT)
    """`<app slug>:<task id>` -> the card that carries it."""

    def put_app(self, app: App) -> App:
        """Add or replace an app."""
        self.apps[app.slug] = app
        self.by_secret[app.secret] = app
        return app

    def put_department(self, department: Department) -> Department:
        """Add or replace a department."""
        self.departments[department.id] = department
        return department

    def put_member(self, member: Member) -> Member:
        """Add or replace a member."""
        self.members[member.userid] = member
        return member

    def put_customer(self, customer: Customer) -> Customer:
        """Add or replace a customer; an empty handle becomes `c-` and a running number."""
        if not customer.handle:
            customer.handle = f"c-{len(self.customers) + 1:06d}"
        self.customers[customer.external_userid] = customer
        self.by_handle[customer.handle] = customer
        return customer

    def put_relation(self, relation: Relation) -> Relation:
        """Add or replace the relation of a pair."""
        self.relations.setdefault(relation.external_userid, {})[relation.userid] = relation
        self.by_member.setdefault(relation.userid, {})[relation.external_userid] = relation
        return relation

    def put_app_message(self, message: AppMessage) -> AppMessage:
        """Add an app message."""
        self.app_messages[message.msgid] = message
        if message.task_id:
            self.cards[f"{message.app}:{message.task_id}"] = message
        return message

    def put_tag_group(self, group: TagGroup) -> TagGroup:
        """Add or replace a tag group with its tags."""
        self.tag_groups[group.group_id] = group
        self.tags.update(group.tags)
        return group

    def relation(self, userid: str, external_userid: str) -> Relation | None:
        """Return the relation of a pair, whatever its kind."""
        return self.by_member.get(userid, {}).get(external_userid)

    def relations_of_member(self, userid: str) -> Iterable[Relation]:
        """Return all relations of a member, in the order in which they began."""
        return self.by_member.get(userid, {}).values()

    def relations_of_customer(self, external_userid: str) -> Iterable[Relation]:
        """Return all relations of a customer."""
        return self.relations.get(external_userid, {}).values()

    def group_of_tag(self, tag_id: str) -> TagGroup | None:
        """Return the group that holds a tag."""
        return next((g for g in self.tag_groups.values() if tag_id in g.tags), None)

    def department_tree(self, root: int) -> set[int]:
        """Return `root` and every department below it."""
        found = {root} if root in self.departments else set()
        fresh = set(found)
        while fresh:
            fresh = {d.id for d in self.departments.values() if d.parentid in fresh} - found
            found |= fresh
        return found

    def reindex(self) -> None:
        """Rebuild the indexes that are not part of a snapshot."""
        self.by_member = {}
        for pairs in self.relations.values():
            for relation in pairs.values():
                self.by_member.setdefault(relation.userid, {})[relation.external_userid] = relation
        self.cards = {f"{m.app}:{m.task_id}": m for m in self.app_messages.values() if m.task_id}
        self.by_handle = {c.handle: c for c in self.customers.values()}
        self.by_secret = {a.secret: a for a in self.apps.values()}
        self.tags = {t.id: t for g in self.tag_groups.values() for t in g.tags.values()}


@dataclass(slots=True)
class World:
    """Everything that a snapshot holds."""

    seed: int = 1
    clock: Clock = field(default_factory=Clock)
    settings: Settings = field(default_factory=Settings)
    corps: dict[str, Corp] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def put_corp(self, corp: Corp) -> Corp:
        """Add or replace a corp."""
        self.corps[corp.corp_id] = corp
        return corp

    def corp(self, corp_id: str = "") -> Corp:
        """Return a corp, the first one when no id is given.

        Raises:
            KeyError: the corp does not exist.
        """
        return self.corps[corp_id] if corp_id else next(iter(self.corps.values()))

    def count(self, purpose: str) -> int:
        """Return the next number of a running series."""
        number = self.counters.get(purpose, 0) + 1
        self.counters[purpose] = number
        return number

    def _digest(self, purpose: str) -> bytes:
        return hashlib.sha256(f"{self.seed}:{purpose}:{self.count(purpose)}".encode()).digest()

    def mint(self, prefix: str, length: int = 32) -> str:
        """Return a fresh opaque id of `length` characters that begins with `prefix`."""
        digest = self._digest(prefix)
        while len(digest) < length:
            digest += hashlib.sha256(digest).digest()
        body = "".join(_ID_ALPHABET[byte % 62] for byte in digest[: length - len(prefix)])
        return prefix + body

    def mint_hex(self, purpose: str) -> str:
        """Return a fresh id of 32 hexadecimal digits."""
        return self._digest(purpose).hex()[:32]

    def chance(self, purpose: str) -> float:
        """Return the next number of a seeded series between 0 and 1."""
        return int.from_bytes(self._digest(f"chance:{purpose}")[:8]) / 2**64

    def snapshot(self) -> JSONDict:
        """Return the whole world as JSON data."""
        data: JSONDict = encode(self)
        return data

    def dumps(self) -> bytes:
        """Return the snapshot as JSON text."""
        return json.dumps(self.snapshot(), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def restore(cls, data: JSONDict | Any) -> Self:
        """Build the world that `snapshot` described."""
        world: Self = decoder(cls)(data)
        for corp in world.corps.values():
            corp.reindex()
        return world

    def replace_with(self, other: World) -> None:
        """Become `other` in place, so that holders of this world see the new one."""
        for name in ("seed", "clock", "settings", "corps", "counters"):
            setattr(self, name, getattr(other, name))

    def iter_relations(self) -> Iterator[tuple[Corp, Relation]]:
        """Yield every relation of every corp."""
        for corp in self.corps.values():
            for pairs in corp.relations.values():
                for relation in pairs.values():
                    yield corp, relation
