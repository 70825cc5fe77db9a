"""One plan holds everything about a demo company; world and history are two readings of it."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sandbox.demo.baskets import Order
from sandbox.demo.groups import Group, draw_groups
from sandbox.demo.messages import Message, draw_messages
from sandbox.demo.months import Calendar
from sandbox.demo.orders import draw_orders
from sandbox.demo.people import Buyer, draw_buyers
from sandbox.demo.reads import Read, draw_reads
from sandbox.demo.relations import link_buyers


@dataclass(frozen=True, slots=True)
class Plan:
    """The demo company of one size, seed and day."""

    calendar: Calendar
    buyers: list[Buyer]
    orders: list[Order]
    reads: list[Read]
    messages: list[Message]
    groups: list[Group]


@lru_cache(maxsize=2)
def make_plan(customers: int, seed: int, today: date) -> Plan:
    """Draw a whole company; the same arguments always give the same one.

    Args:
        customers: People ever added, 12,000 in the demo, 2,000 in tests.
        seed: Any number.
        today: Local day of loading; the story ends at its midnight.

    Raises:
        ValueError: fewer than 50 customers cannot carry the story.
    """
    if customers < 50:
        raise ValueError("the demo company needs at least 50 customers")
    calendar = Calendar(today)
    buyers = draw_buyers(customers, seed, calendar)
    link_buyers(buyers, seed, calendar)
    orders = draw_orders(buyers, seed, calendar)
    reads = draw_reads(buyers, orders, seed, calendar)
    messages = draw_messages(buyers, orders, seed, calendar)
    return Plan(calendar, buyers, orders, reads, messages, draw_groups(buyers, seed, calendar))
