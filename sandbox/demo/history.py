"""The company's past that WeCom does not hold: orders, reads, messages, losses, referrals.

Every event is a JSON object with `id` (stable for a size and seed), `type`, `occurred_at` (UTC,
ISO 8601), `external_userid`, `userid` (the member concerned), and the fields of its type:

| type              | fields                                                                       |
|-------------------|------------------------------------------------------------------------------|
| order_paid        | order_no, shop (`tmall`, `douyin`, `youzan`, `store:<code>`, `sales`),       |
|                   | kind (`standard` 正装, `trial` 试用, `wholesale` B2B), amount_fen,           |
|                   | discount_fen, lines [{sku, title, quantity, unit_price_fen}]                 |
| order_refunded    | order_no, amount_fen, reason                                                 |
| link_opened       | visit_id, article, title, source (`welcome`, `single`, `group`, `moment`,    |
|                   | `shared`), device (`ios`, `android`, `pc`), device_id, and for second-degree |
|                   | readers shared_by (external_userid of who passed it on)                      |
| link_dwelled      | visit_id, article, dwell_seconds, progress_percent, is_completed             |
| customer_messaged | text, replied_after_seconds (null when nobody answered)                      |
| friend_lost       | by (`customer`, `member`, `transfer`, `refused`), name, added_at, add_way,   |
|                   | state: WeCom tells a loss only by callback, so the past ones are told here   |
| customer_referred | referrer_external_userid, campaign                                           |

A customer whom a member deleted is no longer served by WeCom's lists; `friend_lost` carries what
is needed to make such a person known.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import Any

from sandbox.demo.articles import BY_SLUG
from sandbox.demo.baskets import Order
from sandbox.demo.catalog import BY_SKU
from sandbox.demo.months import iso
from sandbox.demo.people import Link
from sandbox.demo.plan import Plan, make_plan

Event = dict[str, Any]
Place = tuple[int, int, int]
"""Second, kind, and place in the list of that kind."""
_REASONS = ("不喜欢/不想要", "宠物不吃", "包装破损", "发货太慢")
_KINDS = (
    "customer_referred",
    "order_paid",
    "order_refunded",
    "link_opened",
    "link_dwelled",
    "customer_messaged",
    "friend_lost",
)
(_REFERRED, _PAID, _REFUNDED, _OPENED, _DWELLED, _MESSAGED, _LOST) = range(len(_KINDS))


class History:
    """The events of one plan in time order, written out only when asked for."""

    def __init__(self, plan: Plan, prefix: str) -> None:
        self._plan = plan
        self._prefix = prefix
        self._links = [(buyer, link) for buyer in plan.buyers for link in buyer.links]
        self._writers = (
            self._referred,
            self._paid,
            self._refunded,
            self._opened,
            self._dwelled,
            self._messaged,
            self._lost,
        )
        self._places = sorted(chain(self._collect_people(), self._collect_deeds()))

    def __len__(self) -> int:
        """Return how many events there are."""
        return len(self._places)

    def page(self, after: int, limit: int) -> list[Event]:
        """Return up to `limit` events behind the first `after`."""
        return [self._event(n) for n in range(after, min(after + limit, len(self)))]

    def __iter__(self) -> Iterator[Event]:
        """Yield every event in time order."""
        return (self._event(n) for n in range(len(self)))

    def _collect_people(self) -> Iterator[Place]:
        """Yield who was referred and who was lost."""
        for n, buyer in enumerate(self._plan.buyers):
            if buyer.referrer >= 0:
                yield buyer.added_at, _REFERRED, n
        for n, (_, link) in enumerate(self._links):
            if link.lost_at:
                yield link.lost_at, _LOST, n

    def _collect_deeds(self) -> Iterator[Place]:
        """Yield what customers did: bought, read, wrote."""
        plan = self._plan
        for n, order in enumerate(plan.orders):
            yield order.paid_at, _PAID, n
            if order.refunded_at:
                yield order.refunded_at, _REFUNDED, n
        for n, read in enumerate(plan.reads):
            yield read.opened_at, _OPENED, n
            if read.closed_after:
                yield read.opened_at + read.closed_after, _DWELLED, n
        for n, message in enumerate(plan.messages):
            yield message.sent_at, _MESSAGED, n

    def _event(self, number: int) -> Event:
        second, kind, place = self._places[number]
        index, userid, fields = self._writers[kind](place)
        return {
            "id": f"{self._prefix}-{number:07d}",
            "type": _KINDS[kind],
            "occurred_at": iso(second),
            "external_userid": self._plan.buyers[index].external_userid,
            "userid": userid,
            **fields,
        }

    def _referred(self, place: int) -> tuple[int, str, Event]:
        buyer = self._plan.buyers[place]
        referrer = self._plan.buyers[buyer.referrer].external_userid
        campaign = buyer.code.state if buyer.code else ""
        return (
            place,
            buyer.main.userid,
            {
                "referrer_external_userid": referrer,
                "campaign": campaign,
            },
        )

    def _paid(self, place: int) -> tuple[int, str, Event]:
        order = self._plan.orders[place]
        return (
            order.buyer,
            order.userid,
            {
                "order_no": self._order_no(order, place),
                "shop": order.shop,
                "kind": order.kind,
                "amount_fen": order.amount_fen,
                "discount_fen": order.discount_fen,
                "lines": [
                    {
                        "sku": sku,
                        "title": BY_SKU[sku].title,
                        "quantity": count,
                        "unit_price_fen": price,
                    }
                    for sku, count, price in order.lines
                ],
            },
        )

    def _refunded(self, place: int) -> tuple[int, str, Event]:
        order = self._plan.orders[place]
        return (
            order.buyer,
            order.userid,
            {
                "order_no": self._order_no(order, place),
                "amount_fen": order.amount_fen,
                "reason": _REASONS[place % len(_REASONS)],
            },
        )

    @staticmethod
    def _order_no(order: Order, place: int) -> str:
        return f"TR{iso(order.paid_at)[2:10].replace('-', '')}{place:06d}"

    def _opened(self, place: int) -> tuple[int, str, Event]:
        read = self._plan.reads[place]
        fields: Event = {
            "visit_id": f"v-{place:06d}",
            "article": read.article,
            "title": BY_SLUG[read.article].title,
            "source": read.source,
            "device": read.device,
            "device_id": read.device_id,
        }
        if read.shared_by >= 0:
            fields["shared_by"] = self._plan.buyers[read.shared_by].external_userid
        return read.buyer, read.userid, fields

    def _dwelled(self, place: int) -> tuple[int, str, Event]:
        read = self._plan.reads[place]
        return (
            read.buyer,
            read.userid,
            {
                "visit_id": f"v-{place:06d}",
                "article": read.article,
                "dwell_seconds": read.closed_after,
                "progress_percent": read.progress,
                "is_completed": read.progress == 100,
            },
        )

    def _messaged(self, place: int) -> tuple[int, str, Event]:
        message = self._plan.messages[place]
        return (
            message.buyer,
            message.userid,
            {
                "text": message.text,
                "replied_after_seconds": message.replied_after or None,
            },
        )

    def _lost(self, place: int) -> tuple[int, str, Event]:
        buyer, link = self._links[place]
        return buyer.index, link.userid, {"by": link.lost_by, "name": buyer.name, **_past(link)}


def _past(link: Link) -> Event:
    return {"added_at": iso(link.added_at), "add_way": link.add_way, "state": link.state}


@lru_cache(maxsize=2)
def history_of(customers: int, seed: int, today: date) -> History:
    """Return the history that belongs to the world of the same arguments."""
    return History(make_plan(customers, seed, today), f"demo-{customers}-{seed}")


def build_history(*, customers: int, seed: int, today: date) -> Iterator[Event]:
    """Yield the past of the demo company in time order; the table above names the fields."""
    return iter(history_of(customers, seed, today))
