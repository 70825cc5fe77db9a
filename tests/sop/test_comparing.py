"""What publishing would change is told in words."""

from typing import Any

import pytest

from sop.program.comparing import changes_between
from tests.sop.world import GREETING, program

WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}}
MASS = {
    "id": "mass",
    "type": "touch",
    "lane": "M",
    "purpose": "knowledge",
    "title": "换粮",
    "content": {"text": "慢慢来"},
}


def told(old: dict[str, Any] | None, new: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(c.label, c.subject, c.before, c.after) for c in changes_between(old, new)]


def test_nothing_changed():
    assert told(program(GREETING, WAIT), program(GREETING, WAIT)) == []


def test_everything_is_new_the_first_time():
    assert told(None, program(GREETING)) == [
        ("新增", "进入条件", "", "发生「添加好友」；每位客户只进入一次"),
        ("新增", "员工任务·关怀《问候》", "", "员工任务·关怀《问候》"),
    ]


def test_steps_come_and_go():
    assert told(program(GREETING, WAIT), program(GREETING, MASS)) == [
        ("新增", "企业群发·干货《换粮》", "", "企业群发·干货《换粮》"),
        ("删除", "等待 1 天", "等待 1 天", ""),
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (WAIT, WAIT | {"for": {"days": 2}}, ("等待 2 天", "等待 1 天", "等待 2 天")),
        (
            MASS,
            MASS | {"content": {"text": "快"}},
            ("企业群发·干货《换粮》", "内容：慢慢来", "内容：快"),
        ),
        (
            MASS,
            MASS | {"if": {"field": "order_count", "op": ">=", "value": 1}, "valid_minutes": 90},
            ("企业群发·干货《换粮》", "", "条件：正装订单数 ≥ 1；有效期：1 小时 30 分钟"),
        ),
        (MASS, MASS | {"title": ""}, ("企业群发", "企业群发·干货《换粮》", "（还不完整）")),
    ],
)
def test_a_changed_step_says_what_was_and_what_is(before, after, words):
    assert told(program(before), program(after)) == [("修改", *words)]


def test_a_moved_step_is_told_once_and_not_its_neighbors():
    tail = {"id": "end", "type": "exit", "reason": "完"}
    arms = [{"label": "甲", "when": {"tag": "猫"}, "steps": [GREETING]}]
    branch = {"id": "d", "type": "decide", "arms": arms}
    old, new = program(branch, WAIT, tail), program(GREETING, branch | {"arms": []}, WAIT, tail)
    new["steps"][1] = branch | {"arms": [{"label": "甲", "when": {"tag": "猫"}, "steps": []}]}
    assert [change[:2] for change in told(old, new)] == [("移动", "员工任务·关怀《问候》")]


def test_settings_are_told_first():
    new = program(
        GREETING,
        control_percent=10,
        goals=[{"name": "首购", "event": "order_paid", "days": 14}],
        exits=[{"event": "order_paid", "reason": "首购"}],
        entry={"events": [], "scan_at": "09:40", "when": {"tag": "猫"}},
    )
    assert told(program(GREETING), new) == [
        (
            "修改",
            "进入条件",
            "发生「添加好友」；每位客户只进入一次",
            "每日 09:40 扫描；须有标签「猫」；每位客户只进入一次",
        ),
        ("新增", "退出条件", "", "「下单付款」 → 首购"),
        ("新增", "目标", "", "14 天内首购（「下单付款」）"),
        ("新增", "对照组", "", "10%"),
    ]


def test_faulty_drafts_are_compared_as_far_as_they_go():
    assert told(program(GREETING), {"steps": "x", "entry": {"events": 1}}) == [
        ("修改", "进入条件", "发生「添加好友」；每位客户只进入一次", "（还不完整）")
    ]
