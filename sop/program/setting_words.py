"""Settings of a whole journey in words (旅程设置文案). Pure."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from customers.events import EVENT_TYPES
from sop.program.conditions import BadCondition, parse_event_spec
from sop.program.steps import Entry
from sop.program.words import condition_words, reentry_words, spec_words


def entry_words(entry: Entry) -> list[str]:
    """Return who comes in, a sentence each: triggers, scan, condition, re-entry."""
    told: list[str] = []
    for trigger in entry.triggers:
        is_free = trigger.condition is None
        words = gettext("发生{event}") if is_free else gettext("发生{event}，且{condition}")
        condition = condition_words(trigger.condition)
        told.append(words.format(event=spec_words(trigger.spec), condition=condition))
    if entry.scan_minute is not None:
        told.append(scan_words(entry.scan_minute))
    if entry.condition is not None:
        told.append(gettext("须{condition}").format(condition=condition_words(entry.condition)))
    told.append(reentry_words(entry.reentry))
    return told


def scan_words(minute: int) -> str:
    """Return when the daily scan is."""
    return gettext("每日 {time} 扫描").format(time=f"{minute // 60:02d}:{minute % 60:02d}")


def exit_words(raw: Any) -> str:
    """Return the events that end a run, as one sentence."""
    return "、".join(f"{_spec(item)} → {item.get('reason', '')}" for item in _mappings(raw))


def goal_words(raw: Any) -> str:
    """Return what the journey is for, as one sentence."""
    return "、".join(
        gettext("{days} 天内{goal}（{event}）").format(
            days=item.get("days", "?"), goal=item.get("name", ""), event=_spec(item)
        )
        for item in _mappings(raw)
    )


def _mappings(raw: Any) -> list[Mapping[str, Any]]:
    return [item for item in raw if isinstance(item, Mapping)] if isinstance(raw, list) else []


def _spec(raw: Mapping[str, Any]) -> str:
    try:
        return spec_words(parse_event_spec(raw, event_types=EVENT_TYPES))
    except (BadCondition, AttributeError, KeyError, TypeError, ValueError):
        return gettext("（还没有选行为）")
