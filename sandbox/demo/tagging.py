"""Which corp tags, remarks and notes each customer carries at the end of the story."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from sandbox.demo.baskets import Order
from sandbox.demo.labels import CHANNEL_TAG, tag_id
from sandbox.demo.months import DAY
from sandbox.demo.people import Buyer
from sandbox.demo.plan import Plan

_NEEDS = ["敏感肠胃", "挑食", "泪痕", "毛发护理", "体重管理", "绝育后", "驱虫"]
_NOTES = ["换粮中，多关注便便", "喜欢冻干", "价格敏感，等活动", "周末到店",
          "室内养，未绝育", "两只同住", "对鸡肉过敏"]  # fmt: skip
_TIERS = ((200_000, "S"), (100_000, "A"), (0, "B"))
_PETS = {"c": "猫", "d": "狗", "cd": "猫狗双全"}


@dataclass(slots=True)
class Purchases:
    """What a customer bought in all."""

    count: int = 0
    amount_fen: int = 0
    last_at: int = 0
    is_member: bool = False
    trial: bool = False


def purchases_by_buyer(orders: list[Order]) -> dict[int, Purchases]:
    """Sum the orders of each customer."""
    found: dict[int, Purchases] = {}
    for order in orders:
        sums = found.setdefault(order.buyer, Purchases())
        if order.kind == "trial":
            sums.trial = True
            continue
        sums.count += 1
        sums.amount_fen += order.amount_fen
        sums.last_at = order.paid_at
        sums.is_member |= any(sku == "TR-VIP-Y" for sku, _, _ in order.lines)
    return found


class Tagger:
    """Writes tags and notes as staff and the company's routines would have left them."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self._rng = rng
        self._now = plan.calendar.ends_at
        self._purchases = purchases_by_buyer(plan.orders)
        self._grouped = {seat.buyer for group in plan.groups for seat in group.seats}
        self._asked = Counter(message.buyer for message in plan.messages)

    def tags(self, buyer: Buyer) -> list[str]:
        """Return the tag ids of a customer."""
        if buyer.company:
            return [tag_id("客户类型", buyer.company_kind), tag_id("客户角色", buyer.role)]
        bought = self._purchases.get(buyer.index, Purchases())
        tags = [tag_id("来源渠道", CHANNEL_TAG[buyer.channel.id])]
        tags.append(tag_id("购买阶段", self._stage(bought)))
        tags += self._pet_tags(buyer, bought)
        tags += self._service_tags(buyer, bought)
        if bought.amount_fen >= 50_000:
            tier = next(name for floor, name in _TIERS if bought.amount_fen >= floor)
            tags.append(tag_id("客户分层", tier))
        if buyer.channel.id == "invite":
            tags.append(tag_id("活动", "邀请有礼"))
        return tags

    def _stage(self, bought: Purchases) -> str:
        if not bought.count:
            return "潜在"
        if self._now - bought.last_at > 120 * DAY:
            return "沉睡"
        return "高频" if bought.count >= 5 else "复购" if bought.count >= 2 else "首购"

    def _pet_tags(self, buyer: Buyer, bought: Purchases) -> list[str]:
        if not buyer.card_filled and not (bought.count and self._rng.random() < 0.6):
            return []
        tags = [tag_id("宠物", _PETS[buyer.pets])]
        if buyer.card_filled:
            tags.append(tag_id("宠物阶段", buyer.stage))
            needs = self._rng.sample(_NEEDS, self._rng.choices((0, 1, 2), (30, 50, 20))[0])
            tags += [tag_id("养护需求", need) for need in needs]
        return tags

    def _service_tags(self, buyer: Buyer, bought: Purchases) -> list[str]:
        marks = (
            (buyer.card_filled, "服务", "需求卡已填"),
            (self._asked[buyer.index] >= 4, "服务", "爱问问题"),
            (buyer.koc, "服务", "养宠达人"),
            (buyer.index in self._grouped, "服务", "已加群"),
            (bought.trial, "活动", "试吃"),
            (bought.is_member, "会员等级", "年卡会员"),
        )
        return [tag_id(group, name) for holds, group, name in marks if holds]

    def remark(self, buyer: Buyer) -> str:
        """Return the remark (备注), at most 20 characters, empty for almost half."""
        if buyer.company:
            return f"{buyer.company[:12]}·{buyer.role}"[:20]
        if self._rng.random() < 0.46:
            return ""
        shape = self._rng.random()
        if shape < 0.5:
            return f"{buyer.breed}·{buyer.pet_name}"[:20]
        if shape < 0.8:
            return f"{buyer.name[:8]}-{buyer.breed}"[:20]
        return f"{buyer.city}{buyer.name[:10]}"[:20]

    def description(self, buyer: Buyer) -> str:
        """Return the note (描述)."""
        if buyer.company:
            return f"{buyer.company_kind}，{buyer.role}"
        if not buyer.card_filled or self._rng.random() < 0.5:
            return ""
        return f"{buyer.pet_name}，{buyer.breed}，{buyer.stage}；{self._rng.choice(_NOTES)}"


def last_words(plan: Plan) -> dict[tuple[str, int], int]:
    """Return when each customer last wrote to each member."""
    return {(message.userid, message.buyer): message.sent_at for message in plan.messages}
