"""The company's own facts, which no WeCom knows: stores, products, articles, channels, stories."""

from datetime import date, timedelta
from typing import Any

from sandbox.demo.articles import ARTICLES
from sandbox.demo.catalog import PRODUCTS
from sandbox.demo.channels import CHANNELS, all_codes
from sandbox.demo.company import (
    COMPANY_NAME,
    DEPARTED,
    LEGAL_NAME,
    PEOPLE,
    STORE_LIST,
    store_of,
)
from sandbox.demo.months import (
    GUIDE_LEFT_ON,
    OUT_OF_STOCK,
    PRICE_RISE_ON,
    RING_STORY,
    SPAM_STORY,
    STORY_END,
    promotions,
)

Facts = dict[str, Any]


def company_facts(today: date) -> Facts:
    """Return everything about 团绒宠物 that a shop, a handbook or a till would know."""
    return {
        "name": COMPANY_NAME,
        "legal_name": LEGAL_NAME,
        "stores": _stores(),
        "staff": _staff(),
        "products": _products(),
        "articles": _articles(),
        "channels": _channels(),
        "calendar": _calendar(today - STORY_END),
    }


def _stores() -> list[Facts]:
    return [
        {
            "code": store.code,
            "name": store.name,
            "city": store.city,
            "address": store.address,
            "department_id": store.department,
            "userids": [
                p.userid for p in PEOPLE if p.department == store.department and not p.left_on
            ],
        }
        for store in STORE_LIST
    ]


def _staff() -> list[Facts]:
    rows = []
    for person in PEOPLE:
        store = store_of(person.userid)
        rows.append(
            {
                "userid": person.userid,
                "name": person.name,
                "position": person.position,
                "persona": person.persona,
                "store": store.code if store else "",
                "has_customers": bool(person.adds),
                "is_departed": person is DEPARTED,
            }
        )
    return rows


def _products() -> list[Facts]:
    return [
        {
            "sku": product.sku,
            "title": product.title,
            "price_fen": product.price_fen,
            "cycle_days": product.cycle_days or None,
            "group": product.group,
            "pets": {"c": ["猫"], "d": ["狗"], "cd": ["猫", "狗"]}[product.pets],
            "is_trial": product.group == "试用",
        }
        for product in PRODUCTS
    ]


def _articles() -> list[Facts]:
    return [
        {
            "slug": article.slug,
            "title": article.title,
            "summary": article.summary,
            "category": article.category,
            "paragraphs": list(article.paragraphs),
            "product_sku": article.product or None,
        }
        for article in ARTICLES
    ]


def _channels() -> list[Facts]:
    return [
        {
            "id": channel.id,
            "name": channel.name,
            "cost_per_add_fen": channel.cost_fen,
            "states": [code.state for code in all_codes() if code.channel == channel.id],
        }
        for channel in CHANNELS
    ]


def _calendar(shift: timedelta) -> list[Facts]:
    days: list[tuple[date, date, str, str]] = [
        (one.starts_on, one.ends_on, "promotion", one.name) for one in promotions()
    ]
    one_day = timedelta(days=1)
    days += [
        (PRICE_RISE_ON, PRICE_RISE_ON + one_day, "price", "猫粮涨价 6 %"),
        (*SPAM_STORY, "campaign", "徐汇店 10 天 5 次促销群发"),
        (*RING_STORY, "fraud", "邀请有礼出现同设备刷量"),
        (GUIDE_LEFT_ON, GUIDE_LEFT_ON + one_day, "staff", "滨江店沈佳宁离职，客户交接"),
        (*OUT_OF_STOCK, "stock", "低敏粮缺货"),
    ]
    return [
        {
            "starts_on": (starts + shift).isoformat(),
            "ends_on": (ends + shift - one_day).isoformat(),
            "kind": kind,
            "name": name,
        }
        for starts, ends, kind, name in sorted(days)
    ]
