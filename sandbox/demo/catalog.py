"""What 团绒宠物 sells: SKUs with price, cycle and their share of first and later orders."""

from dataclasses import dataclass
from datetime import date

from sandbox.demo.months import PRICE_RISE_ON


@dataclass(frozen=True, slots=True)
class Product:
    """One SKU (商品).

    Attributes:
        cycle_days: Days one unit lasts, 0 when it does not run out.
        pets: For whom it is: `c` cats, `d` dogs, `cd` both.
        first: Share of first orders in percent.
        repeat: Share of later orders in percent.
    """

    sku: str
    title: str
    price_fen: int
    cycle_days: int
    pets: str
    first: float
    repeat: float
    group: str
    in_store: bool = False


PRODUCTS = [
    Product("TR-TRY-150", "试吃装 3×50 g", 990, 0, "cd", 0, 0, "试用"),
    Product("TR-CAT-1500", "全价冻干成猫粮 1.5 kg", 12900, 32, "c", 22, 26, "猫粮"),
    Product("TR-CAT-6000", "全价冻干成猫粮 6 kg", 42900, 95, "c", 2, 7, "猫粮"),
    Product("TR-KIT-1500", "幼猫粮 1.5 kg", 13900, 26, "c", 10, 6, "猫粮"),
    Product("TR-DOG-2000", "成犬粮 2 kg", 10900, 24, "d", 12, 12, "狗粮"),
    Product("TR-DOG-10K", "成犬粮 10 kg", 39900, 80, "d", 2, 5, "狗粮"),
    Product("TR-HYP-1500", "低敏粮 1.5 kg", 18900, 30, "cd", 5, 7, "低敏"),
    Product("TR-CAN-24", "主食罐 85 g × 24", 16800, 24, "c", 6, 9, "湿粮"),
    Product("TR-LIT-6", "豆腐猫砂 2.5 kg × 6", 9900, 28, "c", 10, 13, "猫砂"),
    Product("TR-SNK-1", "冻干零食桶", 7900, 38, "cd", 12, 7, "零食"),
    Product("TR-DEW-3", "体内外驱虫 3 支", 19800, 90, "cd", 3, 4, "驱虫"),
    Product("TR-WSH-1", "洗护单次", 8800, 35, "cd", 14, 3, "洗护", in_store=True),
    Product("TR-WSH-10", "洗护 10 次卡", 69900, 240, "cd", 2, 1, "洗护", in_store=True),
    Product("TR-VIP-Y", "年卡会员", 9900, 365, "cd", 0.4, 1.0, "会员"),
    Product("TR-FEED-1", "智能喂食器", 39900, 0, "cd", 0.4, 0.5, "用品"),
    Product("TR-GIFT-NY", "新年礼盒", 19900, 0, "cd", 0.3, 0.6, "用品"),
]
BY_SKU = {product.sku: product for product in PRODUCTS}
TRIAL = BY_SKU["TR-TRY-150"]

ADD_ONS = {
    "猫粮": [("TR-LIT-6", 0.30), ("TR-SNK-1", 0.26), ("TR-CAN-24", 0.13)],
    "狗粮": [("TR-SNK-1", 0.24), ("TR-DEW-3", 0.06)],
    "低敏": [("TR-SNK-1", 0.12)],
    "湿粮": [("TR-SNK-1", 0.16), ("TR-LIT-6", 0.20)],
    "猫砂": [("TR-CAN-24", 0.18), ("TR-CAT-1500", 0.16)],
    "驱虫": [("TR-WSH-1", 0.25)],
    "洗护": [("TR-DEW-3", 0.13), ("TR-SNK-1", 0.10)],
}
"""What is bought along with the main line of an order, with its chance (连带)."""


def price_on(product: Product, story_day: date) -> int:
    """Return the list price of a story day: cat food rose by 6 % on 2026-03-01."""
    if product.group == "猫粮" and story_day < PRICE_RISE_ON:
        return round(product.price_fen / 1.06 / 100) * 100
    return product.price_fen
