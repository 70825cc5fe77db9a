"""Words that get a company into trouble (用语检查): absolute or medical claims, forced sharing.

Warnings for authors, never a refusal: a word may be right where it stands. The lists are field
practice (operations §2, §3), not the law's text.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Trouble(StrEnum):
    """Why a word is troublesome."""

    ABSOLUTE = "absolute"
    MEDICAL = "medical"
    SHARING = "sharing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One troublesome word with what stands around it."""

    trouble: Trouble
    word: str
    before: str
    after: str


_SHAPES: Final = {
    Trouble.ABSOLUTE: re.compile(
        r"最(?:好|佳|强|优|优秀|大|高级|高端|低价|便宜|先进|安全|有效|专业|权威|受欢迎|健康|营养|适合)"
        r"|第一(?:品牌|名|选择|位|的)|(?:全国|全网|销量|行业|世界|中国)第一"
        r"|唯一|首选|顶级|极致|极品|国家级|世界级|独一无二|史无前例|万能|永久|绝对|百分之百"
        r"|零风险|零添加|无副作用|全网最低|史上最低"
    ),
    Trouble.MEDICAL: re.compile(
        r"治疗|治愈|根治|疗效|药到病除|医治|痊愈|消炎|抗癌|防癌|杀菌|解毒|增强免疫力|提高免疫力|降血[压糖脂]"
        r"|特效|包治|临床证明|医生推荐|预防疾病"
    ),
    Trouble.SHARING: re.compile(
        r"(?:分享|转发)(?:到|至|给)?(?:朋友圈|好友|群|微信群)?.{0,4}(?:领|送|得|解锁|抽奖|免费|可见|查看|参与)"
        r"|集赞|集齐\s?\d*\s?个?赞|助力|砍价|不转不是|邀请(?:好友|\s?\d+\s?[人位]).{0,6}(?:领|送|得|解锁|免费)"
        r"|扩散|关注后(?:查看|领取)|分享后(?:查看|可见|领取)"
    ),
}
CONTEXT_CHARACTERS: Final = 12
MAX_FINDINGS: Final = 30


def lint_text(text: str) -> list[Finding]:
    """Return the troublesome words of a text in their order, each word of a kind once."""
    found: dict[tuple[Trouble, str], tuple[int, Finding]] = {}
    for trouble, shape in _SHAPES.items():
        for match in shape.finditer(text):
            finding = Finding(
                trouble,
                match[0],
                _last_line(text[max(0, match.start() - CONTEXT_CHARACTERS) : match.start()]),
                _first_line(text[match.end() : match.end() + CONTEXT_CHARACTERS]),
            )
            found.setdefault((trouble, match[0]), (match.start(), finding))
    ordered = sorted(found.values(), key=lambda pair: pair[0])
    return [finding for _place, finding in ordered[:MAX_FINDINGS]]


def _last_line(text: str) -> str:
    return text.rsplit("\n", 1)[-1]


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
