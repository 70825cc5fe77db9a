"""The pages over customers, asked inside the product: whose, which addresses, what each costs.

Answers one JSON object: the cookie of an operator, and for each kind of page its addresses, how
many statements one takes, and how long the same statements take when nothing else is done.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.inside.talk import answer, wait_for_go
from common import sql
from customers.mobiles import marks_of
from customers.models import Customer, Follow, Profile
from org.models import User

LIST: Final = "/customers/"
MARKED: Final = 2_000
FLOOR_RUNS: Final = 12
ORDERS: Final = ("-added", "-spend", "-active")

# A copy that was just made lies on disk; in a running company these are in memory. Events are not
# read beforehand: most of them lie on disk there too.
_IN_MEMORY: Final = """
SELECT sum(pg_prewarm(part.oid))
  FROM pg_class part
  LEFT JOIN pg_index ON indexrelid = part.oid
  JOIN pg_class whole ON whole.oid = coalesce(indrelid, part.oid)
 WHERE whole.relname IN ('customers_customer', 'customers_profile', 'customers_identity',
                         'customers_follow', 'customers_tagassignment')
   AND part.relkind IN ('r', 'i')
"""

Addresses = Callable[[random.Random], str]


def mark_mobiles(seed: int) -> list[str]:
    """Give some relations phones that can be searched for; returns them."""
    luck = random.Random(seed)
    ids = list(Follow.objects.order_by("id").values_list("id", flat=True)[:MARKED])
    mobiles = [f"138{luck.randrange(10**8):08}" for _ in ids]
    follows = [
        Follow(pk=pk, mobile_marks=marks_of([mobile]), sealed_mobiles=mobile)
        for pk, mobile in zip(ids, mobiles, strict=True)
    ]
    Follow.objects.bulk_update(follows, ["mobile_marks", "sealed_mobiles"], batch_size=500)
    sql.execute("VACUUM ANALYZE customers_follow")
    return mobiles


def read_into_memory() -> None:
    """Have PostgreSQL keep the customers in memory."""
    sql.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
    sql.fetch_value(_IN_MEMORY)


def kinds(customers: int, mobiles: Sequence[str]) -> dict[str, Addresses]:
    """Return the kinds of pages, each with how an address of it is drawn."""
    names = list(Customer.objects.order_by("id").values_list("name", flat=True)[:500])
    uids = [
        str(uid)
        for uid in Customer.objects.filter(
            id__in=random.Random(1).sample(range(1, customers + 1), min(500, customers))
        ).values_list("uid", flat=True)
    ]
    regulars = Profile.objects.order_by("-event_count").values_list("customer__uid", flat=True)[:20]
    busy = [str(uid) for uid in regulars]
    deep = {order: _deep_mark(order, customers) for order in ORDERS}
    return {
        "list": lambda luck: LIST,
        "list, next page": lambda luck: f"{LIST}?page=after.{deep['-added']}",
        "list by stage": lambda luck: f"{LIST}?stage={luck.choice(['first', 'repurchase'])}",
        "list by relation": lambda luck: f"{LIST}?relation={luck.choice(['friend', 'lost'])}",
        "list by tag": lambda luck: f"{LIST}?tag={luck.randint(1, 60)}",
        "list by staff": lambda luck: f"{LIST}?staff={luck.randint(1, 30)}",
        "list by channel": lambda luck: f"{LIST}?channel=code{luck.randint(0, 45)}",
        "list by activity": lambda luck: f"{LIST}?active={luck.choice(['1', '7', '30'])}",
        "list of the silent": lambda luck: f"{LIST}?active={luck.choice(['idle30', 'idle90'])}",
        "list by day added": lambda luck: f"{LIST}?added={luck.choice(['7', '30', '60'])}",
        "list by spending": lambda luck: f"{LIST}?spend_min={luck.choice([1, 500, 2000])}",
        "list, spending first": lambda luck: f"{LIST}?sort=-spend",
        "list, spending, deep": lambda luck: f"{LIST}?sort=-spend&page=after.{deep['-spend']}",
        "list, last active first": lambda luck: f"{LIST}?sort=-active",
        "list of a view": lambda luck: f"{LIST}?relation=friend&stage=potential&added=60",
        "search, two characters": lambda luck: f"{LIST}?q={luck.choice(names)[1:]}",
        "search, a whole name": lambda luck: f"{LIST}?q={luck.choice(names)}",
        "search, one character": lambda luck: f"{LIST}?q={luck.choice(names)[0]}",
        "search, a remark": lambda luck: f"{LIST}?q=客户{luck.randint(1, customers)}",
        "search, phone tail": lambda luck: f"{LIST}?q={luck.choice(mobiles)[-4:]}",
        "search, nobody": lambda luck: f"{LIST}?q=夜航",
        "360": lambda luck: f"{LIST}{luck.choice(uids)}/",
        "360 of a regular": lambda luck: f"{LIST}{luck.choice(busy)}/",
        "360, orders": lambda luck: f"{LIST}{luck.choice(busy)}/timeline/?kind=orders",
    }


def told(client: Client, kind: str, draw: Addresses, count: int, seed: int) -> dict[str, Any]:
    """Return one kind's addresses, its statements, and what these cost alone."""
    luck = random.Random(f"{kind}:{seed}")
    addresses = [draw(luck) for _ in range(count)]
    client.get(addresses[0])
    counts = set()
    bare: list[float] = []
    for address in addresses[:FLOOR_RUNS]:
        with CaptureQueriesContext(connection) as captured:
            status = client.get(address).status_code
        if status != 200:
            raise RuntimeError(f"{address} answered {status}")
        # That somebody was seen is written now and then, whatever the page.
        reads = [query["sql"] for query in captured.captured_queries if _reads(str(query["sql"]))]
        counts.add(len(reads))
        bare.append(_alone(reads))
    return {"kind": kind, "addresses": addresses, "statements": sorted(counts), "bare": bare}


def _reads(statement: str) -> bool:
    return statement.lstrip("( ").startswith(("SELECT", "EXPLAIN", "WITH"))


def _alone(statements: Sequence[str]) -> float:
    """Time the same statements with nothing around them."""
    begun = time.perf_counter()
    with connection.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            cursor.fetchall()
    return time.perf_counter() - begun


def _deep_mark(order: str, customers: int) -> str:
    """Return where the page after the middle of the list begins."""
    key = {"-added": "first_added_at", "-active": "last_active_at", "-spend": "order_amount_fen"}
    rows = Profile.objects.order_by(f"-{key[order]}", "-customer_id")
    middle = rows.filter(**{f"{key[order]}__isnull": False}).values_list("customer_id", key[order])
    number, value = middle[customers // 3]
    if order != "-spend":
        value = round(value.timestamp() * 1_000_000)
    return f"{value}.{number}"


def signed_in() -> Client:
    """Return an operator's browser."""
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    return client


if __name__ == "__main__":
    if wait_for_go():
        call_command("collectstatic", verbosity=0, interactive=False)
        size, per_kind, drawn = (int(word) for word in sys.argv[1:4])
        mobiles_drawn = mark_mobiles(drawn)
        read_into_memory()
        known = kinds(size, mobiles_drawn)
        operator = signed_in()
        name_of_it = settings.SESSION_COOKIE_NAME
        answer({"cookie": f"{name_of_it}={operator.cookies[name_of_it].value}"})
        for name, draw_one in known.items():
            answer(told(operator, name, draw_one, per_kind, drawn))
        answer({"kind": ""})
