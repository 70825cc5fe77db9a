"""Stored reasons are read in the reader's language; what operators wrote stays as it is."""

import pytest
from django.utils import translation

from scrm.web.reason_words import reason_words
from touches.services import caps, judging, mass_steps, slot_content

ENGLISH = [
    ("不是好友", "Not a friend"),
    ("走完", "Completed"),
    ("间隔不足：促销间隔 72 小时", "Too soon: Promotion: 72 hours apart"),
    ("间隔不足：门店自己的规则", "Too soon: 门店自己的规则"),
    ("静默时段，顺延至 11-28 09:00", "Quiet hours; put off to 11-28 09:00"),
    ("已退出旅程:客户删除员工", "Left the journey: Customer removed the staff member"),
    (
        "企业微信接收额度已用完（11-01 起 4 条）",
        "WeCom's quota of the customer is used up (4 from 11-01)",
    ),
    ("店长说先不发", "店长说先不发"),
    ("", ""),
]


@pytest.mark.parametrize(("stored", "told"), ENGLISH)
def test_a_reason_is_told_in_english(stored: str, told: str):
    with translation.override("en"):
        assert reason_words(stored) == told


@pytest.mark.parametrize(("stored", "_"), ENGLISH)
def test_in_the_companys_language_it_stays_as_it_was_written(stored: str, _: str):
    assert reason_words(stored) == stored


def test_what_the_engines_write_is_known():
    fixed = {
        *(caps._SAYS[kind] + "：任意" for kind in caps._SAYS),
        *(judging.NOT_FRIENDS, judging.SAME_TASK, judging.TOO_LATE),
        *(mass_steps.NOT_CONFIRMED, mass_steps.NOT_HANDED_OUT),
        *(mass_steps.STOPPED_ELSEWHERE, mass_steps.NOT_READABLE),
        slot_content.read_content("M", "[]").fault,
        slot_content.read_content("M", "{}").fault,
    }
    with translation.override("en"):
        assert [one for one in fixed if reason_words(one) == one] == []
