"""The journeys of the histories: small programs, read by the product's own parser."""

from typing import Any

from customers.events import EVENT_TYPES
from sop.program.parsing import parse_program


def _touch(key: str, lane: str = "T", purpose: str = "knowledge", **over: Any) -> dict[str, Any]:
    content = {"text": f"群发 {key}"} if lane == "M" else {"body": f"请联系 {key}"}
    step = {"id": key, "type": "touch", "lane": lane, "purpose": purpose, "title": key}
    return step | {"content": content} | over


_NURTURE = {
    "entry": {
        "events": [{"event": "friend_added"}],
        "reentry": {"policy": "after_exit", "gap_hours": 0},
    },
    "control_percent": 30,
    "exits": [
        {"event": "order_paid", "reason": "已购买"},
        {"event": "friend_removed_by_customer", "reason": "已删除"},
    ],
    "goals": [{"name": "首单", "event": "order_paid", "days": 7}],
    "steps": [
        _touch("greet", purpose="care"),
        {"id": "pause", "type": "wait", "for": {"minutes": 2}},
        {
            "id": "lot",
            "type": "experiment",
            "arms": [
                {"label": "甲", "steps": [_touch("short")]},
                {"label": "乙", "weight": 2, "steps": [_touch("long")]},
            ],
        },
        {
            "id": "reads",
            "type": "await",
            "event": "link_opened",
            "timeout": {"minutes": 8},
            "already_true": False,
            "met": [_touch("read")],
            "late": [_touch("unread", purpose="service")],
        },
        _touch("news", "M", valid_minutes=45),
    ],
}
_SELL = {
    "entry": {"events": [{"event": "friend_added"}, {"event": "link_opened"}]},
    "exits": [{"event": "order_paid", "reason": "已购买"}],
    "steps": [
        _touch("offer", "M", "promotion", valid_minutes=60),
        {
            "id": "buys",
            "type": "await",
            "when": {"event": "link_opened", "since": "entry", "count": 2},
            "timeout": {"minutes": 12},
            "met": [_touch("warm", purpose="service")],
        },
        {
            "id": "which",
            "type": "decide",
            "arms": [
                {
                    "label": "读过",
                    "when": {"event": "link_opened", "since": "entry"},
                    "steps": [_touch("again", "M", "promotion", valid_minutes=60)],
                },
                {"label": "没读", "steps": [{"id": "end", "type": "exit", "reason": "没有兴趣"}]},
            ],
        },
        _touch("call"),
    ],
}
NURTURE = parse_program(_NURTURE, event_types=EVENT_TYPES)
SELL = parse_program(_SELL, event_types=EVENT_TYPES)
