"""Who buys what and when: trials, first orders by channel, repeat cycles, B2B deals."""

from random import Random

from sandbox.demo.baskets import Order, Shelf, fill_basket, shop_of, story_day, wait_for_stock
from sandbox.demo.catalog import BY_SKU, TRIAL, Product
from sandbox.demo.company import BY_USERID, store_of
from sandbox.demo.months import DAY, HOUR, Calendar, is_weekend, promotion_near
from sandbox.demo.people import Buyer, hour_of_day
from sandbox.demo.randomness import stream

_REPEAT_CHANCE = (0.575, 0.72, 0.79, 0.82, 0.84)
_STORE_HOURS = (*[0] * 10, 6, 8, 9, 9, 10, 12, 13, 13, 14, 14, 9, 0, 0, 0)
_ONLINE_HOURS = (3, 1, 1, 0, 0, 0, 1, 3, 5, 7, 9, 10, 16, 13, 8, 8, 8, 8, 9, 11, 19, 20, 13, 7)
_LATE_FIRST = 0.18


def draw_orders(buyers: list[Buyer], seed: int, calendar: Calendar) -> list[Order]:
    """Return every order of every customer in the order of payment."""
    rng = stream(seed, "orders")
    desk = Desk(calendar)
    orders: list[Order] = []
    for buyer in buyers:
        if buyer.company:
            orders += desk.wholesale(rng, buyer)
        elif not buyer.ring:
            orders += desk.trial(rng, buyer)
            orders += desk.retail(rng, buyer)
    orders.sort(key=lambda order: (order.paid_at, order.buyer))
    return orders


class Desk:
    """Plays one customer's life of orders."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._shelf = Shelf()

    def trial(self, rng: Random, buyer: Buyer) -> list[Order]:
        """One in ten begins with a trial pack (试吃装)."""
        if rng.random() >= 0.10:
            return []
        paid_at = buyer.added_at + HOUR + int(rng.expovariate(1 / (3 * DAY)))
        if paid_at >= buyer.ends_at(self._calendar.ends_at):
            return []
        userid = buyer.staff_at(paid_at)
        lines = [(TRIAL.sku, 1, TRIAL.price_fen)]
        return [Order(buyer.index, userid, paid_at, shop_of(rng, buyer, userid), "trial", lines)]

    def retail(self, rng: Random, buyer: Buyer) -> list[Order]:
        """Play first order and repeats until the customer stops, leaves or the story ends."""
        second = self._first_at(rng, buyer)
        ends_at = buyer.ends_at(self._calendar.ends_at)
        orders: list[Order] = []
        favourite: Product | None = None
        while second and second < ends_at:
            main = self._main_product(rng, buyer, favourite, second, repeat=bool(orders))
            second = wait_for_stock(rng, self._calendar, main, second)
            if not second or second >= ends_at:
                break
            order = self._order(rng, buyer, main, second, repeat=bool(orders))
            orders.append(order)
            if main.cycle_days and main.group in {"猫粮", "狗粮", "低敏", "湿粮", "猫砂"}:
                favourite = main
            second = self._next_at(rng, buyer, order, main, len(orders))
        return orders

    def wholesale(self, rng: Random, buyer: Buyer) -> list[Order]:
        """Play the deals of a purchaser: about half of the companies were won."""
        if buyer.role != "采购" or rng.random() > 0.62:
            return []
        second = buyer.added_at + int(rng.lognormvariate(4.3, 0.5) * DAY)
        ends_at = buyer.ends_at(self._calendar.ends_at)
        orders: list[Order] = []
        while second < ends_at:
            product = BY_SKU[rng.choice(("TR-CAT-6000", "TR-DOG-10K", "TR-HYP-1500", "TR-CAN-24"))]
            unit = product.price_fen * 62 // 100
            count = max(6, round(rng.triangular(6_000, 28_000, 9_000) * 100 / unit))
            moment = _office_hour(rng, second)
            if moment >= ends_at:
                break
            userid = buyer.staff_at(moment)
            lines = [(product.sku, count, unit)]
            orders.append(Order(buyer.index, userid, moment, "sales", "wholesale", lines))
            second += int(rng.triangular(40, 130, 75) * DAY)
        return orders

    def _first_at(self, rng: Random, buyer: Buyer) -> int:
        pull = BY_USERID[buyer.main.userid].pull * (1.4 if buyer.koc else 1.0)
        if rng.random() < min(0.92, buyer.channel.first_order / 100 * pull * 1.02):
            if store_of(buyer.main.userid) and rng.random() < 0.55:
                return buyer.added_at + 120 + rng.randrange(2_400)
            wait = int(min(29.5, rng.lognormvariate(1.7, 0.9)) * DAY)
            return self._shape(rng, buyer, buyer.added_at + wait, near=2)
        if rng.random() < _LATE_FIRST * pull:
            wait = int((30 + rng.expovariate(1 / 110)) * DAY)
            return self._shape(rng, buyer, buyer.added_at + wait, near=12)
        return 0

    def _next_at(self, rng: Random, buyer: Buyer, order: Order, main: Product, made: int) -> int:
        chance = _REPEAT_CHANCE[min(made, len(_REPEAT_CHANCE)) - 1]
        chance *= 0.85 + 0.15 * BY_USERID[order.userid].pull
        if rng.random() >= chance * (1.08 if buyer.koc else 1.0):
            return 0
        cycle = (main.cycle_days or 45) * order.lines[0][1] ** 0.85
        gap = max(4.0, min(cycle, 120) * rng.lognormvariate(0.02, 0.42))
        return self._shape(rng, buyer, order.paid_at + int(gap * DAY), near=10)

    def _shape(self, rng: Random, buyer: Buyer, second: int, near: int) -> int:
        """Pull a moment into a near promotion, towards weekends and into waking hours."""
        promotion = promotion_near(self._calendar, second, near)
        if promotion and rng.random() < promotion[2].pull:
            starts_at, ends_at, _ = promotion
            second = max(buyer.added_at + HOUR, starts_at + rng.randrange(ends_at - starts_at))
        if not is_weekend(second) and rng.random() < 0.09:
            second += DAY * rng.randrange(1, 4)
        hours = _STORE_HOURS if store_of(buyer.main.userid) else _ONLINE_HOURS
        midnight = (second + 8 * HOUR) // DAY * DAY - 8 * HOUR
        moment = midnight + hour_of_day(rng, hours) * HOUR + rng.randrange(HOUR)
        return moment if moment > buyer.added_at else second

    def _main_product(
        self, rng: Random, buyer: Buyer, favourite: Product | None, second: int, *, repeat: bool
    ) -> Product:
        if favourite and rng.random() < 0.55:
            if favourite.sku == "TR-KIT-1500" and second > buyer.added_at + 270 * DAY:
                return BY_SKU["TR-CAT-1500"]
            return favourite
        in_store = store_of(buyer.staff_at(second)) is not None
        chosen = self._shelf.draw(rng, buyer, repeat=repeat, in_store=in_store)
        month = story_day(self._calendar, second).month
        if chosen.group == "驱虫" and month in {11, 12, 1, 2, 3} and rng.random() < 0.375:
            return BY_SKU["TR-SNK-1"]
        return chosen

    def _order(
        self, rng: Random, buyer: Buyer, main: Product, paid_at: int, *, repeat: bool
    ) -> Order:
        lines, discount = fill_basket(rng, self._calendar, buyer, main, paid_at, repeat=repeat)
        userid = buyer.staff_at(paid_at)
        order = Order(buyer.index, userid, paid_at, "", "standard", lines, discount)
        order.shop = shop_of(rng, buyer, userid)
        if main.in_store and not order.shop.startswith("store:"):
            store = store_of(userid)
            order.shop = f"store:{store.code}" if store else "youzan"
        if rng.random() < 0.028:
            refunded_at = paid_at + DAY + rng.randrange(6 * DAY)
            order.refunded_at = refunded_at if refunded_at < self._calendar.ends_at else 0
        return order


def _office_hour(rng: Random, second: int) -> int:
    midnight = (second + 8 * HOUR) // DAY * DAY - 8 * HOUR
    return midnight + rng.randrange(9 * HOUR, 18 * HOUR)
