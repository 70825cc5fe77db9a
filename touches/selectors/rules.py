"""The rules of sending (发送规则) as every touch asks for them: read now and then, kept between."""

import datetime
import threading
import time
from dataclasses import dataclass
from typing import Final

from touches.models import CapRule, SendingRules

KEPT_SECONDS: Final = 5.0
# What holds where the row is missing: the priors of the field.
DEFAULT_SLOTS: Final = (datetime.time(10, 5), datetime.time(12, 35), datetime.time(20, 5))
DEFAULT_REMINDERS: Final = (60, 120)


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: SendingRules
    caps: tuple[CapRule, ...]
    read_ticks: float


_lock = threading.Lock()
_kept: list[_Kept] = []


def sending_rules() -> SendingRules:
    """Return the company's sending rules (发送规则); a change counts after a few seconds."""
    return _read().rules


def cap_rules() -> tuple[CapRule, ...]:
    """Return the caps (频次上限) that are switched on; a change counts after a few seconds."""
    return _read().caps


def default_rules() -> SendingRules:
    """Return rules with the priors of the field, not stored anywhere."""
    return SendingRules(
        slot_times=list(DEFAULT_SLOTS), remind_after_minutes=list(DEFAULT_REMINDERS)
    )


def forget_rules() -> None:
    """Read the rules anew at the next question: whoever edits them wants to see it at once."""
    with _lock:
        _kept.clear()


def _read() -> _Kept:
    ticks = time.monotonic()
    with _lock:
        if _kept and ticks - _kept[0].read_ticks < KEPT_SECONDS:
            return _kept[0]
    rules = SendingRules.objects.filter(pk=1).first() or default_rules()
    caps = tuple(CapRule.objects.filter(is_enabled=True).order_by("id"))
    fresh = _Kept(rules, caps, ticks)
    with _lock:
        _kept[:] = [fresh]
    return fresh
