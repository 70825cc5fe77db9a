"""What customers wrote, and how long staff took to answer."""

from dataclasses import dataclass
from random import Random

from sandbox.demo.baskets import Order
from sandbox.demo.company import store_of
from sandbox.demo.months import DAY, HOUR, Calendar
from sandbox.demo.people import Buyer
from sandbox.demo.randomness import poisson, stream

_FIRST = [
    "你好，{pet}现在吃别家的粮，怎么换过来？",
    "在吗？想问下{breed}适合哪一款",
    "刚收到试吃装，一天喂多少？",
    "你好，领券在哪里？",
    "{pet}{age}，有点挑食，有推荐吗",
    "门店周末几点开门？想带{pet}洗澡",
    "加上啦，需求卡在哪填~",
    "我家{pet}最近软便，能吃你们的低敏粮吗",
    "包裹里的卡片说可以领 20 元券？",
]
_LATER = [
    "上次买的快吃完了，还有活动吗",
    "{pet}很爱吃👍",
    "这款什么时候有货？",
    "怎么约洗护，周六下午有空位吗",
    "换粮第三天有点软便，正常吗？",
    "能开发票吗",
    "快递还没到，帮我看下",
    "驱虫和洗澡要隔几天？",
    "谢谢，下次再来",
    "有没有大包装更划算的",
    "{pet}体重又涨了，怎么减😂",
    "猫砂换成豆腐的会不会不习惯",
    "年卡怎么续？",
    "可以送到店里自提吗",
]
_AFTER_ORDER = [
    "下单了，麻烦尽快发~",
    "收到了，{pet}已经开吃",
    "包装有点破，里面没事",
    "这次的赠品很喜欢",
]
_AGES = {"幼宠": "5 个月", "成年": "2 岁多", "老年": "9 岁了"}


@dataclass(slots=True)
class Message:
    """One message of a customer; `replied_after` is 0 when nobody answered."""

    buyer: int
    userid: str
    sent_at: int
    text: str
    replied_after: int


def draw_messages(
    buyers: list[Buyer], orders: list[Order], seed: int, calendar: Calendar
) -> list[Message]:
    """Return every customer message in time order."""
    rng = stream(seed, "messages")
    messages: list[Message] = []
    for buyer in buyers:
        ends_at = buyer.ends_at(calendar.ends_at)
        if rng.random() < 0.22 and not buyer.ring:
            first_at = buyer.added_at + int(min(7, rng.expovariate(0.8)) * DAY * 0.99) + 60
            _say(messages, rng, buyer, first_at, _FIRST, ends_at)
        days = (ends_at - buyer.added_at) / DAY
        for _ in range(poisson(rng, days * 0.05 / 30 * buyer.appetite)):
            sent_at = _waking(buyer.added_at + 7 * DAY + int(rng.random() * days * DAY), rng)
            _say(messages, rng, buyer, sent_at, _LATER, ends_at)
    for order in orders:
        if rng.random() < 0.16:
            sent_at = order.paid_at + rng.randrange(600, 4 * DAY)
            buyer = buyers[order.buyer]
            _say(messages, rng, buyer, sent_at, _AFTER_ORDER, buyer.ends_at(calendar.ends_at))
    messages.sort(key=lambda message: (message.sent_at, message.buyer))
    return messages


def _waking(second: int, rng: Random) -> int:
    midnight = (second + 8 * HOUR) // DAY * DAY - 8 * HOUR
    return midnight + int(rng.triangular(8, 23.4, 20) * HOUR)


def _say(
    messages: list[Message],
    rng: Random,
    buyer: Buyer,
    sent_at: int,
    choices: list[str],
    ends_at: int,
) -> None:
    if not buyer.added_at < sent_at < ends_at - HOUR:
        return
    userid = buyer.staff_at(sent_at)
    text = rng.choice(choices).format(pet=buyer.pet_name, breed=buyer.breed, age=_AGES[buyer.stage])
    median = 16 * 60 if store_of(userid) else 270
    replied = int(median * rng.lognormvariate(0, 0.95)) if rng.random() < 0.965 else 0
    messages.append(Message(buyer.index, userid, sent_at, text, min(replied, 20 * HOUR)))
