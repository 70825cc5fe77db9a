"""What a new step is before anybody has set it up (新步骤)."""

from collections.abc import Mapping
from typing import Any, Final

# By what people choose in the menu; a wait has three ways and a touch two lanes there.
NEW_STEPS: Final[Mapping[str, Mapping[str, Any]]] = {
    "mass": {
        "type": "touch",
        "lane": "M",
        "purpose": "knowledge",
        "title": "",
        "content": {"text": ""},
    },
    "task": {
        "type": "touch",
        "lane": "T",
        "purpose": "service",
        "title": "",
        "content": {"body": ""},
    },
    "pause": {"type": "wait", "for": {"days": 1}},
    "slot": {"type": "wait", "day": 1, "slot": 0},
    "time": {"type": "wait", "time": "10:00"},
    "await": {
        "type": "await",
        "event": "link_opened",
        "timeout": {"days": 1},
        "met": [],
        "late": [],
    },
    "decide": {
        "type": "decide",
        "arms": [{"label": "是", "when": {}, "steps": []}, {"label": "否", "steps": []}],
    },
    "experiment": {
        "type": "experiment",
        "arms": [
            {"label": "A", "weight": 1, "steps": []},
            {"label": "B", "weight": 1, "steps": []},
        ],
    },
    "tag": {"type": "tag", "add": [], "remove": []},
    "notify": {"type": "notify", "title": "", "body": "", "to": "owner"},
    "exit": {"type": "exit", "reason": "走完"},
}
# A journey that has just been made: friends come in, and nothing happens yet.
BLANK: Final[Mapping[str, Any]] = {
    "entry": {"events": [{"event": "friend_added"}], "reentry": {"policy": "once"}},
    "steps": [],
    "exits": [{"event": "friend_removed_by_customer", "reason": "客户删除员工"}],
    "goals": [],
    "control_percent": 10,
}
