"""Events as a busy day brings them, ready for `record_events`: reads, messages, orders, adds."""

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from psycopg2.extras import execute_values

from common.sql import fetch_all
from customers import events as kinds
from customers.services.ledger import NewEvent

# One event in five comes from the busiest twentieth of all customers.
BUSY_SHARE, BUSY_PART = 0.2, 0.05

# Shares of a hundred, as in the world itself.
SHARES: Final[Sequence[tuple[str, int]]] = (
    (kinds.FriendAdded.type, 10),
    (kinds.LinkOpened.type, 30),
    (kinds.LinkDwelled.type, 20),
    (kinds.LinkCompleted.type, 10),
    (kinds.CustomerMessaged.type, 10),
    (kinds.OrderPaid.type, 5),
    (kinds.TouchSent.type, 9),
    (kinds.StaffTaskDone.type, 2),
    (kinds.GroupJoined.type, 2),
    (kinds.FriendRemovedByCustomer.type, 1),
    (kinds.FriendEdited.type, 1),
)


class Happenings:
    """Draws events of the world's customers; readings get the visits they belong to."""

    def __init__(self, *, customers: int, seed: int, now: datetime) -> None:
        self._customers = customers
        self._seed = seed
        self._random = random.Random(seed)
        self._now = now
        self._staff = [row[0] for row in fetch_all("SELECT id FROM org_staff ORDER BY id")]
        self._links = fetch_all("SELECT id, code, material_id FROM content_trackedlink ORDER BY id")
        self._visits: list[tuple[str, int, int]] = []
        self._makers: dict[str, Callable[[int, int], kinds.Payload]] = {
            kinds.FriendAdded.type: lambda n, _: kinds.FriendAdded(f"code{n % 46}", add_way=1),
            kinds.LinkOpened.type: lambda _, person: kinds.LinkOpened(**self._reading(person)),
            kinds.LinkDwelled.type: lambda _, person: kinds.LinkDwelled(
                **self._reading(person), seconds=15, total_seconds=15, depth_percent=40
            ),
            kinds.LinkCompleted.type: lambda _, person: kinds.LinkCompleted(
                **self._reading(person), total_seconds=15
            ),
            kinds.CustomerMessaged.type: lambda n, _: kinds.CustomerMessaged(text_length=n % 60),
            kinds.OrderPaid.type: lambda n, _: kinds.OrderPaid(
                order_no=f"N{seed}-{n}", amount_fen=12_900, shop="tmall", sku="SKU1", title="冻干粮"
            ),
            kinds.TouchSent.type: lambda *_: kinds.TouchSent(
                touch_uid=self._uuid(), lane="M", title="本周活动"
            ),
            kinds.StaffTaskDone.type: lambda *_: kinds.StaffTaskDone(
                touch_uid=self._uuid(), title="回访新客"
            ),
            kinds.GroupJoined.type: lambda n, _: kinds.GroupJoined(chat_id=f"wr{n % 200}"),
            kinds.FriendRemovedByCustomer.type: lambda *_: kinds.FriendRemovedByCustomer(),
            kinds.FriendEdited.type: lambda *_: kinds.FriendEdited(),
        }

    def draw(self, count: int) -> list[NewEvent]:
        """Draw events and store the visits of the readings among them."""
        names = [name for name, _share in SHARES]
        weights = [share for _name, share in SHARES]
        events = [
            self._event(n, kind)
            for n, kind in enumerate(self._random.choices(names, weights, k=count))
        ]
        self._store_visits()
        return events

    def _event(self, n: int, kind: str) -> NewEvent:
        person = self._person()
        return NewEvent(
            payload=self._makers[kind](n, person),
            key=f"happening:{self._seed}:{n}",
            identity_id=person,
            occurred_at=self._now,
            staff_id=self._random.choice(self._staff),
            source="link" if kind.startswith("link_") else "callback",
        )

    def _person(self) -> int:
        is_busy = self._random.random() < BUSY_SHARE
        among = max(1, int(self._customers * BUSY_PART)) if is_busy else self._customers
        return self._random.randint(1, among)

    def _reading(self, person: int) -> dict[str, Any]:
        link_id, code, material_id = self._random.choice(self._links)
        visit = self._uuid()
        self._visits.append((visit, link_id, person))
        return {
            "link_code": code,
            "material_id": material_id,
            "title": "七天换粮表",
            "purpose": "knowledge",
            "visit": visit,
        }

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128)))

    def _store_visits(self) -> None:
        rows = [(visit, link, person, self._now, self._now) for visit, link, person in self._visits]
        self._visits.clear()
        with connection.cursor() as cursor:
            execute_values(
                cursor.cursor,
                """INSERT INTO content_visit (uuid, link_id, reader, openid_digest, agent_family,
                       is_suspect, total_seconds, recorded_seconds, max_depth_percent,
                       last_beacon_seq, identity_id, opened_at, seen_at) VALUES %s""",
                rows,
                template="(%s, %s, 'customer', '', 'ios', false, 15, 15, 40, 1, %s, %s, %s)",
                page_size=1_000,
            )
