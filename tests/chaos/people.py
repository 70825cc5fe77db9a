"""What people do in a storm: customers come, read, buy, leave; staff tap; operators act."""

import random
import threading
from collections import Counter
from typing import Any, Final

import httpx
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction

from common import clock
from customers.events import OrderPaid, OrderRefunded, Payload
from customers.models import Identity
from customers.services.ledger import NewEvent, record_events
from sandbox.client import SimClient, SimError
from tests.chaos.operator import Operator
from tests.chaos.received import JOURNAL
from tests.chaos.town import STATE, Town
from tests.loop.phone import Phone

TICK_SECONDS: Final = 0.5
# What a member makes of a task card; the rest is left alone.
DONE_RATIO: Final = 0.55
LATER_RATIO: Final = 0.15
OPEN_RATIO: Final = 0.35
OPENS_A_TICK: Final = 2
LEAVE_CHANCE: Final = 0.12
ORDER_CHANCE: Final = 0.3
OPERATOR_CHANCE: Final = 0.08
DECIDE_CHANCE: Final = 0.3


class People(threading.Thread):
    """Everybody in a thread of their own, seeded; whoever meets a closed door tries no further."""

    def __init__(self, town: Town, sim: SimClient) -> None:
        super().__init__(name="people", daemon=True)
        self._town = town
        self._sim = sim
        self._random = random.Random(f"people {town.seed}")
        self._over = threading.Event()
        self._coming = [f"storm-{town.seed}-{n:05d}" for n in range(town.scale.customers)]
        self._pairs: list[tuple[str, str]] = []
        self._seen = 0
        self._clicks: list[dict[str, Any]] = []
        self._links: list[tuple[str, str]] = []
        self._orders: list[tuple[str, str]] = []
        self.operator = Operator(self._sim, town.seed)
        self.coming_a_tick = 0.0
        self.counts: dict[str, int] = {}
        self.doors: Counter[str] = Counter()
        self.error: BaseException | None = None

    def stop(self) -> None:
        """Let everybody go home; what operators paused goes on."""
        self._over.set()
        self.join()
        if self.error is not None:
            raise self.error

    @property
    def is_everybody_here(self) -> bool:
        """Whether all customers have come."""
        return not self._coming

    def run(self) -> None:
        """Act twice a second."""
        try:
            while not self._over.wait(TICK_SECONDS):
                self._tick()
            self.operator.resume(all_of_them=True)
        except BaseException as error:
            self.error = error
            raise

    def _tick(self) -> None:
        acts = [self._come, self._look_at_phones, self._tap, self._read, self._leave]
        for act in [*acts, self._buy, self._interfere, self._decide_unclear, self.operator.resume]:
            try:
                act()
            except (SimError, httpx.HTTPError, DatabaseError, AssertionError, OSError) as error:
                self._count("closed doors")
                self.doors[f"{act.__name__} {type(error).__name__}"] += 1
            finally:
                close_old_connections()

    def _count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def _come(self) -> None:
        number = int(self.coming_a_tick) + (self._random.random() < self.coming_a_tick % 1)
        for _ in range(min(number, len(self._coming))):
            done = self._sim.act("scan_contact_way", state=STATE, customer=self._coming.pop())
            self._pairs.append((done["external_userid"], done["userid"]))
            self._count("scans")

    def _look_at_phones(self) -> None:
        for entry in self._sim.outbox(since=self._seen, limit=JOURNAL):
            self._seen = entry["id"]
            payload = entry["payload"]
            if entry["kind"] == "app_message" and "template_card" in payload:
                self._decide(entry["to"], payload["template_card"]["task_id"])
            elif entry["kind"] == "mass_message" and self._random.random() < OPEN_RATIO:
                for part in payload["attachments"]:
                    self._links.append((entry["to"], part["link"]["url"]))

    def _decide(self, member: str, task_id: str) -> None:
        chance = self._random.random()
        if chance < DONE_RATIO + LATER_RATIO:
            key = "done" if chance < DONE_RATIO else "later"
            self._clicks.append({"member": member, "task_id": task_id, "key": key})

    def _tap(self) -> None:
        ready = [click for click in self._clicks if self._random.random() < 0.3]
        for click in ready:
            self._clicks.remove(click)
            self._sim.act("click_card", **click)
            self._count(f"taps on {click['key']}")

    def _read(self) -> None:
        for _ in range(min(OPENS_A_TICK, len(self._links))):
            who, url = self._links.pop(0)
            with Phone(who) as phone:
                phone.open(self._here(url))
            self._count("links opened")

    def _here(self, url: str) -> str:
        return f"{self._town.url}{httpx.URL(url).raw_path.decode()}"

    def _leave(self) -> None:
        if self._pairs and self._random.random() < LEAVE_CHANCE:
            who, member = self._pairs.pop(self._random.randrange(len(self._pairs)))
            self._sim.act("delete_friend", customer=who, member=member)
            self._count("friends deleted")

    def _buy(self) -> None:
        if not self._pairs or self._random.random() > ORDER_CHANCE:
            return
        if self._orders and self._random.random() < 0.15:
            who, number = self._orders.pop(0)
            self._record(who, OrderRefunded(order_no=number, amount_fen=9_900), f"refund:{number}")
            self._count("refunds")
            return
        who, _member = self._random.choice(self._pairs)
        number = f"S{self._town.seed}-{self.counts.get('orders', 0)}"
        if self._record(who, OrderPaid(order_no=number, amount_fen=9_900), f"order:{number}"):
            self._orders.append((who, number))
            self._count("orders")

    def _record(self, who: str, payload: Payload, key: str) -> bool:
        identity = Identity.objects.filter(value=who).first()
        if identity is None:
            return False
        now = clock.now()
        event = NewEvent(
            payload=payload,
            key=key,
            identity_id=identity.pk,
            occurred_at=now,
            staff_id=None,
            source="orders",
        )
        with transaction.atomic():
            record_events([event], now=now)
        return True

    def _interfere(self) -> None:
        if self._random.random() < OPERATOR_CHANCE:
            self.operator.interfere()

    def _decide_unclear(self) -> None:
        if self._random.random() < DECIDE_CHANCE:
            self.operator.decide()
