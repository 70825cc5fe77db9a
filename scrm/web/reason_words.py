"""Stored reasons in the reader's language (原因文案).

Why a touch or a run stands where it stands is kept as a sentence, in the language of the company:
that is what the log said at the time. Readers in another language get the same sentence in theirs,
as far as it is one of ours; what operators wrote stays as they wrote it.
"""

import re
from functools import cache
from typing import Final

from django.conf import settings
from django.utils.translation import get_language, gettext, gettext_noop

# Looked up as they are; those of journeys are marked where they are made.
_SENTENCES: Final = (
    gettext_noop("不是好友"),
    gettext_noop("不再是好友"),
    gettext_noop("不是好友或不在可见范围"),
    gettext_noop("没有好友关系,无人可触达"),
    gettext_noop("员工已离职"),
    gettext_noop("员工未在有效期内处理"),
    gettext_noop("员工未在有效期内确认"),
    gettext_noop("员工已确认, 企业微信未发出"),
    gettext_noop("有效期内未能发出"),
    gettext_noop("退出后仍发出"),
    gettext_noop("过期后仍发出"),
    gettext_noop("接收额度已用完"),
    gettext_noop("群发已在企业微信停止"),
    gettext_noop("结果无法查询"),
    gettext_noop("该企业没有可发消息的应用"),
    gettext_noop("人工确认已发送"),
    gettext_noop("人工确认未发送, 重新发送"),
    gettext_noop("人工放弃"),
    gettext_noop("同一内容的群发任务里已有该客户"),
    gettext_noop("静默时段"),
    gettext_noop("错过时段"),
    gettext_noop("素材不存在或未发布"),
    gettext_noop("内容格式有误"),
    gettext_noop("内容为空"),
    gettext_noop("客户合并,另一条进入走得更远"),
    gettext_noop("旅程已归档"),
    gettext_noop("有触达结果未知,等待人工处理"),
    gettext_noop("等到了要等的行为"),
    # The caps that a company begins with.
    gettext_noop("群发每日 1 次"),
    gettext_noop("群发 30 日 6 次"),
    gettext_noop("促销 7 日 2 次"),
    gettext_noop("促销 30 日 4 次"),
    gettext_noop("促销间隔 72 小时"),
    gettext_noop("新好友 72 小时内不促销"),
    gettext_noop("下单 7 日内不促销"),
)
# With something in them: whatever it is, it is put into words by itself. Longer ones first.
_PATTERNS: Final = (
    gettext_noop("企业微信接收额度已用完（当日 {limit} 条）"),
    gettext_noop("企业微信接收额度已用完（{day} 起 {limit} 条）"),
    gettext_noop("员工每日群发确认上限 {limit}，顺延后仍无空位"),
    gettext_noop("员工每日群发确认上限 {limit}，顺延一天"),
    gettext_noop("员工每日1v1 任务上限 {limit}，顺延后仍无空位"),
    gettext_noop("员工每日1v1 任务上限 {limit}，顺延一天"),
    gettext_noop("群发内容不能含变量 {name}"),
    gettext_noop("群发文字超过 {limit} 字节"),
    gettext_noop("已达频次上限：{rule}"),
    gettext_noop("间隔不足：{rule}"),
    gettext_noop("新好友保护期：{rule}"),
    gettext_noop("下单保护期：{rule}"),
    gettext_noop("无法处理：{error}"),
    gettext_noop("已退出旅程:{reason}"),
    gettext_noop("{name} 人工撤回"),
    gettext_noop("{why}，有效期内没有可发送的时间"),
    gettext_noop("{why}，顺延至 {at}"),
    gettext_noop("{days} 天内已进入 {recent} 次"),
    gettext_noop("距上次结束不足 {gap_hours} 小时"),
    gettext_noop("行为晚到超过 {late_hours} 小时"),
)
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


def reason_words(reason: str) -> str:
    """Put a stored reason into the reader's language; one that is not ours stays as it is."""
    if not reason or get_language() == settings.LANGUAGE_CODE:
        return reason
    known = gettext(reason)
    if known != reason:
        return known
    for pattern, shape in _shapes():
        found = shape.fullmatch(reason)
        if found is not None:
            parts = {name: reason_words(part) for name, part in found.groupdict().items()}
            return gettext(pattern).format(**parts)
    return reason


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (pattern, re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(pattern)), re.DOTALL))
        for pattern in _PATTERNS
    )
