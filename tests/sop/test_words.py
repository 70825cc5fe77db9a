"""Every field, event and step has its words."""

import pytest

from customers.events import EVENT_TYPES
from customers.models import Profile
from sop.program.conditions import DAYS_SINCE, FIELDS, Facts, parse_condition
from sop.program.examining import MAX_REASON_CHARACTERS, because
from sop.program.parsing import parse_program
from sop.program.steps import PURPOSES
from sop.program.words import (
    EVENT_WORDS,
    FIELD_WORDS,
    VALUE_WORDS,
    condition_words,
    span_words,
    step_words,
    value_words,
)
from tests.makers import NOW
from tests.sop.world import program
from touches.models import Touch


def test_nothing_that_conditions_can_name_is_without_words():
    assert set(FIELD_WORDS) == {*FIELDS, *DAYS_SINCE}
    assert set(EVENT_WORDS) == set(EVENT_TYPES)
    assert set(VALUE_WORDS["purpose"]) == set(PURPOSES)


def test_values_are_called_as_everywhere_else():
    assert VALUE_WORDS["stage"] == dict(Profile.Stage.choices)
    assert VALUE_WORDS["relation"] == dict(Profile.Relation.choices)
    assert VALUE_WORDS["purpose"] == dict(Touch.Purpose.choices)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"field": "stage", "op": "in", "value": ["first", "member"]}, "生命周期 属于 首购、会员"),
        ({"field": "order_amount_fen", "op": ">=", "value": 12_900}, "净消费 ≥ ¥129.00"),
        (
            {"any": [{"tag": "猫"}, {"all": [{"tag": "狗"}, {"not": {"tag": "鸟"}}]}]},
            "有标签「猫」或（有标签「狗」且非有标签「鸟」）",
        ),
        (
            {"event": "link_opened", "where": {"purpose": "care"}, "since": "entry", "count": 2},
            "进入以来「打开素材」（目的 = 关怀）至少 2 次",
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(raw, words):
    assert condition_words(parse_condition(raw, event_types=EVENT_TYPES)) == words


def test_steps_say_what_they_do():
    steps = [
        {"id": "a", "type": "wait", "for": {"days": 1, "hours": 2}},
        {"id": "b", "type": "wait", "day": 3, "slot": 1},
        {"id": "c", "type": "wait", "time": "09:30", "weekdays": [1, 5]},
        {"id": "d", "type": "await", "event": "order_paid", "timeout": {"days": 7}},
        {"id": "e", "type": "tag", "add": ["猫"], "remove": ["狗"]},
        {"id": "f", "type": "notify", "title": "来看看", "to": "lead"},
        {"id": "g", "type": "exit", "reason": "未激活"},
    ]
    parsed = parse_program(program(*steps), event_types=EVENT_TYPES)

    assert [step_words(step) for step in parsed.steps] == [
        "等待 1 天 2 小时",
        "等到第 3 天第 2 时段",
        "等到周一、周五 09:30",
        "等「下单付款」，最多 7 天",
        "打标签 +猫 −狗",
        "提醒组长《来看看》",
        "结束：未激活",
    ]


def test_values_that_are_missing_and_spans_that_are_nothing():
    assert value_words("is_advocate", False) == "否"
    assert value_words("days_since_active", None) == "无"
    assert span_words(0) == "0 秒"


def test_a_reason_in_the_log_stays_short():
    raw = {"any": [{"tag": "长" * 60}, {"tag": "远" * 60}]}
    condition = parse_condition(raw, event_types=EVENT_TYPES)

    assert len(because(condition, Facts("u", {}), NOW)) == MAX_REASON_CHARACTERS
