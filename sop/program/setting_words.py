"""Settings of a whole journey in words (旅程设置文案). Pure."""

from collections.abc import Mapping
from typing import Any

from customers.events import EVENT_TYPES
from sop.program.conditions import BadCondition, parse_event_spec
from sop.program.steps import Entry
from sop.program.words import condition_words, reentry_words, spec_words


def entry_words(entry: Entry) -> list[str]:
    """Return who comes in, a sentence each: triggers, scan, condition, re-entry."""
    told: list[str] = []
    for trigger in entry.triggers:
        condition = trigger.condition
        suffix = f"，且{condition_words(condition)}" if condition is not None else ""
        told.append(f"发生{spec_words(trigger.spec)}{suffix}")
    if entry.scan_minute is not None:
        told.append(f"每日 {entry.scan_minute // 60:02d}:{entry.scan_minute % 60:02d} 扫描")
    if entry.condition is not None:
        told.append(f"须{condition_words(entry.condition)}")
    told.append(reentry_words(entry.reentry))
    return told


def exit_words(raw: Any) -> str:
    """Return the events that end a run, as one sentence."""
    return "、".join(f"{_spec(item)} → {item.get('reason', '')}" for item in _mappings(raw))


def goal_words(raw: Any) -> str:
    """Return what the journey is for, as one sentence."""
    return "、".join(
        f"{item.get('days', '?')} 天内{item.get('name', '')}（{_spec(item)}）"
        for item in _mappings(raw)
    )


def _mappings(raw: Any) -> list[Mapping[str, Any]]:
    return [item for item in raw if isinstance(item, Mapping)] if isinstance(raw, list) else []


def _spec(raw: Mapping[str, Any]) -> str:
    try:
        return spec_words(parse_event_spec(raw, event_types=EVENT_TYPES))
    except (BadCondition, AttributeError, KeyError, TypeError, ValueError):
        return "（还没有选行为）"
