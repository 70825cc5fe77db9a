"""What the gallery shows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator

from common import clock
from scrm.web.onboarding import FirstStep


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of the sample list."""

    pk: int
    name: str
    stage: str
    tone: str
    tier: str
    tags: list[str]
    spend_fen: int | None
    trust: int
    seen_seconds: int


_ROWS = [
    Row(1, "柠檬不酸🍋", "复购", "cyan", "A", ["敏感肌"], 199_800, 73, 2_520),
    Row(2, "董志强", "首购", "warn", "B", ["抗初老", "喜欢小样"], 54_100, 40, 3_180),
    Row(3, "吴子墨", "潜在", "", "C", ["美白", "控油", "熬夜", "送礼"], None, 59, 4_000),
    Row(4, "名字特别特别特别特别特别长的一位客户", "裂变", "violet", "S", [], 388_200, 97, 90_000),
]


def rows() -> dict[str, Any]:
    """Return the sample list, its third page."""
    now = clock.now()
    paginator = Paginator(_ROWS * 20, len(_ROWS))
    return {
        "page": paginator.page(3),
        "shown": [(row, now - timedelta(seconds=row.seen_seconds)) for row in _ROWS],
        "columns": [("tags", "标签"), ("spend", "累计消费"), ("trust", "信任分")],
        "stages": [("lead", "潜在"), ("first", "首购"), ("repeat", "复购"), ("member", "会员")],
        "chosen_stages": ["repeat"],
        "staff": [("1", "叶青"), ("2", "陈可")],
        "tabs": [
            {"label": "全部客户", "url": "?", "is_on": True, "count": 312},
            {"label": "新客待首购", "url": "?view=1", "is_on": False, "count": 20},
            {"label": "没有数", "url": "?view=2", "is_on": False, "count": None},
        ],
        "counted": {"value": 1_285, "url": "?"},
        "none": {"value": 0, "url": ""},
        "slice": {"newer": 40, "older": 20},
        "spans": [("7", "7 天"), ("30", "30 天"), ("90", "本季")],
    }


def parts() -> dict[str, Any]:
    """Return what the other components show."""
    return {
        "now": clock.now(),
        "tones": ["", "brand", "ok", "warn", "bad", "violet", "cyan"],
        "seeds": range(8),
        "scores": [20, 55, 90],
        "life": [
            {"label": "潜在", "state": "done"},
            {"label": "首购", "state": "now"},
            {"label": "复购", "state": ""},
            {"label": "会员", "state": ""},
        ],
        "figure": {
            "id": "sample",
            "label": "新增客户",
            "value": "2,184",
            "about": "期间第一次成为好友的客户，按人去重。",
            "url": "?",
            "delta": "+11.8%",
            "trend": "up",
            "notes": [("上期 1,953", "?")],
        },
        "first": [
            FirstStep("连接企业微信", "填好应用的密钥和回调。", "?", is_done=True, is_next=False),
            FirstStep("同步员工与客户", "已有的客户会自己进来。", "?", is_done=False, is_next=True),
            FirstStep("做第一个渠道活码", "新客扫码进来。", "", is_done=False, is_next=False),
        ],
        "faults": [
            {"text": "「等待」后面没有步骤", "url": "?"},
            {"text": "发送内容是空的", "is_bad": True},
        ],
    }


def charts() -> dict[str, Any]:
    """Return the data of one chart of each kind."""
    return {
        "growth": _growth(),
        "hours": _hours(),
        "ways": {
            "categories": ["导购 1v1", "SOP 旅程", "社群", "素材分享"],
            "series": [
                {"name": "首次触点", "values": [120, 210, 90, 140], "unit": "money"},
                {"name": "末次触点", "values": [310, 180, 120, 96], "unit": "money"},
            ],
        },
        "steps": {
            "steps": [
                {"name": "添加好友", "value": 278},
                {"name": "首次阅读", "value": 172},
                {"name": "首次回复", "value": 104},
                {"name": "首购", "value": 58},
            ]
        },
        "flow": {
            "nodes": [{"name": name} for name in ("门店", "直播间", "小程序", "潜在", "首购")],
            "links": [
                {"source": "门店", "target": "潜在", "value": 60},
                {"source": "直播间", "target": "潜在", "value": 40},
                {"source": "小程序", "target": "首购", "value": 25},
                {"source": "门店", "target": "首购", "value": 30},
            ],
        },
    }


def _growth() -> dict[str, Any]:
    new = [60, 72, 41, 90, 55, 48, 80, 96, 30, 62, 77, 84, 51, 66]
    lost = [value // 9 for value in new]
    sold = [value * 260_000 for value in reversed(new)]
    return {
        "categories": [f"11-{day:02d}" for day in range(1, 15)],
        "series": [
            {"name": "新增客户", "values": new},
            {"name": "流失", "values": lost, "tone": "bad"},
            {"name": "成交额", "values": sold, "kind": "line", "unit": "money", "second": True},
        ],
    }


def _hours() -> dict[str, Any]:
    return {
        "columns": [str(hour) for hour in range(24)],
        "rows": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
        "values": [[hour, day, hour * (day + 3) % 17] for hour in range(24) for day in range(7)],
    }
