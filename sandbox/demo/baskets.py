"""What goes into one order: main product, add-ons, quantities, discount."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from sandbox.demo.catalog import ADD_ONS, BY_SKU, PRODUCTS, Product, price_on
from sandbox.demo.company import store_of
from sandbox.demo.months import DAY, OUT_OF_STOCK, STORY_END, Calendar, promotion_at
from sandbox.demo.people import Buyer

Line = tuple[str, int, int]
"""SKU, quantity, unit price in fen."""


@dataclass(slots=True)
class Order:
    """One order (订单) of one customer.

    Attributes:
        kind: `standard` (正装), `trial` (试用) or `wholesale` (B2B).
        shop: `tmall`, `douyin`, `youzan`, `store:<code>` or `sales`.
        refunded_at: 0 when it was kept.
    """

    buyer: int
    userid: str
    paid_at: int
    shop: str
    kind: str
    lines: list[Line]
    discount_fen: int = 0
    refunded_at: int = 0

    @property
    def amount_fen(self) -> int:
        """What was paid."""
        return sum(count * price for _, count, price in self.lines) - self.discount_fen


class Shelf:
    """Draws products by their share among first or later orders, for a kind of pet."""

    def __init__(self) -> None:
        self._shares: dict[tuple[str, bool, bool], tuple[list[Product], list[float]]] = {}
        for pets in ("c", "d", "cd"):
            for repeat in (False, True):
                for in_store in (False, True):
                    fit = [p for p in PRODUCTS if self._fits(p, pets, in_store)]
                    weights = [p.repeat if repeat else p.first for p in fit]
                    self._shares[pets, repeat, in_store] = fit, list(accumulate(weights))

    @staticmethod
    def _fits(product: Product, pets: str, in_store: bool) -> bool:
        return (in_store or not product.in_store) and bool(set(product.pets) & set(pets))

    def draw(self, rng: Random, buyer: Buyer, *, repeat: bool, in_store: bool) -> Product:
        """Return the main product of an order."""
        products, weights = self._shares[buyer.pets, repeat, in_store]
        while True:
            chosen = rng.choices(products, cum_weights=weights)[0]
            if chosen.sku != "TR-KIT-1500" or buyer.stage == "幼宠" or rng.random() < 0.35:
                return chosen


def story_day(calendar: Calendar, second: int) -> date:
    """Return the story day of a moment."""
    real = datetime.fromtimestamp(second, UTC) + timedelta(hours=8)
    return real.date() - (calendar.today - STORY_END)


def fill_basket(
    rng: Random, calendar: Calendar, buyer: Buyer, main: Product, paid_at: int, *, repeat: bool
) -> tuple[list[Line], int]:
    """Return the lines of an order and its discount in fen."""
    day = story_day(calendar, paid_at)
    promotion = promotion_at(calendar, paid_at)
    two_packs = 0.45 if promotion and promotion.stock_up else 0.0
    if repeat and main.price_fen < 20_000:
        two_packs = max(two_packs, 0.16)
    quantity = 2 if main.cycle_days and rng.random() < two_packs else 1
    lines = [(main.sku, quantity, price_on(main, day))]
    for sku, chance in ADD_ONS.get(main.group, ()):
        if rng.random() < chance * (1.25 if repeat else 1.0):
            extra = BY_SKU[sku]
            if set(extra.pets) & set(buyer.pets):
                lines.append((sku, 1, price_on(extra, day)))
    total = sum(count * price for _, count, price in lines)
    return lines, _discount(rng, total, promoted=promotion is not None)


def _discount(rng: Random, total: int, *, promoted: bool) -> int:
    if promoted:
        return total * 9 // 100 // 100 * 100
    if total > 9_900 and rng.random() < 0.11:
        return 2_000
    return 0


def shop_of(rng: Random, buyer: Buyer, userid: str) -> str:
    """Return where the customer buys."""
    store = store_of(userid)
    if store and rng.random() < 0.78:
        return f"store:{store.code}"
    if buyer.channel.id == "parcel" and rng.random() < 0.62:
        douyin = buyer.code is not None and buyer.code.state.startswith("PK-DY")
        return "douyin" if douyin else "tmall"
    return "youzan"


def wait_for_stock(rng: Random, calendar: Calendar, product: Product, second: int) -> int:
    """Move an order of the out-of-stock product behind the gap; 0 when the customer gives up."""
    starts_at, ends_at = calendar.span(OUT_OF_STOCK)
    if product.group != "低敏" or not starts_at <= second < ends_at:
        return second
    return ends_at + rng.randrange(6 * DAY) if rng.random() < 0.6 else 0
