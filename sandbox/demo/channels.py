"""Where customers come from: seven channels and the 46 channel codes (渠道活码) on them."""

import hashlib
from dataclasses import dataclass
from functools import cache

from sandbox.demo.company import ONLINE, PEOPLE, STORE_LIST, STORE_OF_DEPARTMENT, team


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel (渠道).

    Attributes:
        share: Percent of all adds.
        first_order: Percent with a first order within 30 days.
        lost: Percent lost within 90 days.
        cost_fen: Cost of one add.
        to_store: Part of its adds that lands with store staff.
        hours: Chance by hour of the local day.
    """

    id: str
    name: str
    share: float
    first_order: float
    lost: float
    cost_fen: int
    to_store: float
    hours: tuple[int, ...]


def _hours(**peaks: int) -> tuple[int, ...]:
    base = [1, 1, 0, 0, 0, 0, 1, 3, 6, 9, 11, 12, 13, 11, 10, 10, 11, 12, 13, 15, 16, 15, 10, 4]
    for span, weight in peaks.items():
        first, last = (int(part) for part in span[1:].split("_"))
        base[first : last + 1] = [weight] * (last + 1 - first)
    return tuple(base)


_STORE_HOURS = (*[0] * 10, 6, 8, 8, 9, 11, *[18] * 6, 8, 0, 0)

CHANNELS = [
    Channel("parcel", "天猫/抖音包裹卡", 33.8, 24, 7.7, 450, 0.0, _hours(h19_22=34)),
    Channel("store", "门店收银/导购码", 26.7, 57, 4.7, 120, 1.0, _STORE_HOURS),
    Channel("invite", "老带新任务", 13.0, 13, 19.3, 900, 0.5, _hours(h20_22=24)),
    Channel("live", "视频号直播", 8.8, 18, 10.7, 600, 0.0, _hours(h20_22=60)),
    Channel("official", "公众号/小程序", 7.7, 25, 6.7, 200, 0.4, _hours(h12_13=20)),
    Channel("ads", "获客助手·腾讯广告", 7.1, 8, 18.5, 2600, 0.35, _hours(h21_23=22)),
    Channel("event", "线下活动/社区", 2.9, 17, 8.2, 800, 1.0, _STORE_HOURS),
]
CHANNEL_BY_ID = {channel.id: channel for channel in CHANNELS}


@dataclass(frozen=True, slots=True)
class Code:
    """One channel code: its state comes back with every customer who scanned it."""

    state: str
    remark: str
    channel: str
    users: tuple[str, ...]
    weight: float
    config_id: str
    add_way: int = 1


def _code(
    state: str,
    remark: str,
    channel: str,
    users: tuple[str, ...],
    weight: float = 1.0,
    add_way: int = 1,
) -> Code:
    config_id = hashlib.sha256(f"demo-code:{state}".encode()).hexdigest()[:32]
    return Code(state, remark, channel, users, weight, config_id, add_way)


def _online_codes(advisers: tuple[str, ...], everyone: tuple[str, ...]) -> list[Code]:
    cat, dog = ("fangyuan", "yeqing", "hechuan"), ("zhouning", "tangguo", "hechuan")
    return [
        _code("PK-TM-CAT", "天猫包裹卡·猫粮", "parcel", cat, 5),
        _code("PK-TM-DOG", "天猫包裹卡·狗粮", "parcel", dog, 3),
        _code("PK-TM-LIT", "天猫包裹卡·猫砂", "parcel", cat, 1.5),
        _code("PK-TM-TRY", "天猫试吃装内卡", "parcel", advisers, 2),
        _code("PK-DY-CAT", "抖音包裹卡·猫粮", "parcel", cat, 3),
        _code("PK-DY-DOG", "抖音包裹卡·狗粮", "parcel", dog, 1.5),
        _code("PK-DY-TRY", "抖音试吃装内卡", "parcel", advisers, 1),
        _code("LV-WED", "视频号周三养宠课堂", "live", advisers, 3, 10),
        _code("LV-SAT", "视频号周六专场", "live", advisers, 4, 10),
        _code("LV-BIG", "视频号大促专场", "live", advisers, 2, 10),
        _code("MP-MENU", "公众号菜单·专属顾问", "official", everyone, 3),
        _code("MP-POST", "公众号文末卡片", "official", everyone, 2),
        _code("XCX-HOME", "小程序首页", "official", everyone, 3),
        _code("XCX-PAID", "小程序支付完成页", "official", everyone, 3),
        _code("AD-CAT", "腾讯广告·猫粮", "ads", everyone, 4, 16),
        _code("AD-KIT", "腾讯广告·新手养猫", "ads", everyone, 3, 16),
        _code("AD-DOG", "腾讯广告·狗粮", "ads", everyone, 2, 16),
        _code("IV-2606", "邀请有礼 2026-06", "invite", everyone, 2),
        _code("IV-DAILY", "邀请有礼·常驻", "invite", everyone, 5),
        _code("IV-KOC", "养宠达人邀请", "invite", everyone, 3),
    ]


def _store_codes() -> list[Code]:
    codes = []
    for store in STORE_LIST:
        people = team(store.department)
        everyone = tuple(one.userid for one in people)
        short = store.code.upper()
        codes.append(_code(f"ST-{short}-CASH", f"{store.name}收银台", "store", everyone, 6))
        codes += [
            _code(f"ST-{short}-{n}", f"{store.name}·{one.name}", "store", (one.userid,), 1.5)
            for n, one in enumerate((one for one in people if not one.left_on), 1)
        ]
        codes.append(_code(f"EV-{short}", f"{store.name}社区活动", "event", everyone, 2))
    return codes


@cache
def all_codes() -> tuple[Code, ...]:
    """Return the 46 codes; the last one belongs to the guide who left."""
    advisers = tuple(one.userid for one in team(ONLINE))
    guides = tuple(
        one.userid for one in PEOPLE if one.department in STORE_OF_DEPARTMENT and not one.left_on
    )
    codes = _online_codes(advisers, advisers + guides) + _store_codes()
    codes.append(_code("EV-EXPO", "亚宠展展台", "event", ("hechuan", "sunlei", "gaoyuan"), 3))
    codes.append(_code("ST-BINJIANG-VIP", "滨江店·沈佳宁(已停用)", "store", ("shenjianing",), 2))
    return tuple(codes)
