"""The storm's journeys: every kind of step, every way in and out, over a few virtual days."""

from typing import Any, Final

DELETED: Final = {"event": "friend_removed_by_customer", "reason": "客户删除员工"}
BOUGHT: Final = {"event": "order_paid", "reason": "下单"}


def programs(material_id: int) -> dict[str, dict[str, Any]]:
    """Return the programs by the journey's code."""
    return {
        "welcome": _welcome(material_id),
        "bought": _bought(material_id),
        "reader": _reader(material_id),
        "daily": _daily(material_id),
    }


def _mass(key: str, purpose: str, material_id: int, **over: Any) -> dict[str, Any]:
    content = {"text": f"群发 {key}", "material_id": material_id}
    return {"id": key, "type": "touch", "lane": "M", "purpose": purpose, "title": key} | {
        "content": content,
        **over,
    }


def _task(key: str, purpose: str = "service", **over: Any) -> dict[str, Any]:
    content = {"body": f"{{客户}},{key}"}
    # Days pass while a call of unclear fate is found out about.
    return {"id": key, "type": "touch", "lane": "T", "purpose": purpose, "title": key} | {
        "valid_minutes": 2 * 1_440,
        "content": content,
        **over,
    }


def _wait(key: str, **span: Any) -> dict[str, Any]:
    return {"id": key, "type": "wait", **span}


def _welcome(material_id: int) -> dict[str, Any]:
    return {
        "entry": {"events": [{"event": "friend_added"}], "reentry": {"policy": "once"}},
        "control_percent": 10,
        "exits": [BOUGHT, DELETED],
        "goals": [{"name": "首购", "event": "order_paid", "days": 14}],
        "steps": [
            {"id": "tell", "type": "notify", "title": "新客", "body": "请关注"},
            _wait("breathe", **{"for": {"minutes": 30}}),
            _task("greet", "care"),
            {
                "id": "reads",
                "type": "await",
                "event": "link_opened",
                "timeout": {"hours": 5},
                "met": [{"id": "is_reader", "type": "tag", "add": ["VIP"]}],
                "late": [_task("nudge")],
            },
            _wait("d1", day=1, slot=0),
            _mass("first", "knowledge", material_id),
            {
                "id": "lot",
                "type": "experiment",
                "arms": [
                    {"label": "一", "steps": [_task("talk", "activity")]},
                    {"label": "二", "steps": [_mass("card", "activity", material_id, slot=2)]},
                ],
            },
            _wait("d2", day=2, slot=1),
            _mass("second", "service", material_id),
            _wait("d3", day=3, slot=2),
            _mass("offer", "promotion", material_id),
            {"id": "is_over", "type": "tag", "remove": ["VIP"], "add": ["普通"]},
        ],
    }


def _bought(material_id: int) -> dict[str, Any]:
    return {
        "entry": {
            "events": [{"event": "order_paid"}],
            "reentry": {"policy": "keyed", "key": "order_no"},
        },
        "control_percent": 10,
        "exits": [{"event": "order_refunded", "reason": "退款"}, DELETED],
        "steps": [
            {"id": "tell", "type": "notify", "title": "下单", "body": "客户下单"},
            _wait("two_hours", **{"for": {"hours": 2}}),
            _task("thanks", "care"),
            _wait("d1", day=1, slot=1),
            _mass("guide", "service", material_id),
            _wait("d2", day=2, slot=2),
            _mass("again", "activity", material_id),
        ],
    }


def _reader(material_id: int) -> dict[str, Any]:
    return {
        "entry": {
            "events": [{"event": "link_opened"}],
            "reentry": {"policy": "after_exit", "gap_hours": 4},
        },
        "control_percent": 20,
        "exits": [BOUGHT, DELETED],
        "steps": [
            _wait("breathe", **{"for": {"minutes": 15}}),
            _task("follow_up"),
            {
                "id": "followed",
                "type": "await",
                "event": "staff_task_done",
                "already_true": False,
                "timeout": {"hours": 4},
                "late": [
                    {
                        "id": "lead",
                        "type": "notify",
                        "to": "lead",
                        "title": "未跟进",
                        "body": "改派",
                    }
                ],
            },
            _wait("later", **{"for": {"hours": 20}}),
            _mass("more", "knowledge", material_id),
        ],
    }


def _daily(material_id: int) -> dict[str, Any]:
    return {
        "entry": {
            "scan_at": "09:40",
            "when": {
                "all": [
                    {"field": "relation", "value": "friend"},
                    {"field": "days_since_last_add", "op": ">=", "value": 1},
                ]
            },
        },
        "control_percent": 10,
        "exits": [DELETED],
        "steps": [
            _mass("news", "knowledge", material_id, slot=1),
            _wait("next_day", time="15:00"),
            _task("ask", "activity"),
            _mass("evening", "activity", material_id, slot=2, valid_minutes=90),
        ],
    }
