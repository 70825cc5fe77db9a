"""How durations, moments and secrets are said on every page."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
# Older than this a moment is said by its date.
_RECENT: Final = timedelta(days=7)
_SHOWN_HEAD, _SHOWN_TAIL = 3, 4


def duration_words(seconds: int) -> str:
    """Say a duration in its two largest units."""
    if seconds < _MINUTE:
        return _("{seconds} 秒").format(seconds=seconds)
    if seconds < _HOUR:
        minutes, seconds = divmod(seconds, _MINUTE)
        return _("{minutes} 分 {seconds} 秒").format(minutes=minutes, seconds=seconds)
    if seconds < _DAY:
        hours, seconds = divmod(seconds, _HOUR)
        return _("{hours} 小时 {minutes} 分").format(hours=hours, minutes=seconds // _MINUTE)
    days, seconds = divmod(seconds, _DAY)
    return _("{days} 天 {hours} 小时").format(days=f"{days:,}", hours=seconds // _HOUR)


def ago_words(moment: datetime, *, now: datetime) -> str:
    """Say how long ago something was, or its date when it is a week old or lies ahead."""
    age = now - moment
    if age < timedelta(0) or age >= _RECENT:
        return moment_words(moment)
    seconds = int(age.total_seconds())
    if seconds < _MINUTE:
        return _("刚刚")
    if seconds < _HOUR:
        return _("{minutes} 分钟前").format(minutes=seconds // _MINUTE)
    if seconds < _DAY:
        return _("{hours} 小时前").format(hours=seconds // _HOUR)
    return _("{days} 天前").format(days=seconds // _DAY)


def moment_words(moment: datetime) -> str:
    """Say a moment as `2026-11-22 18:05`, Shanghai time."""
    return localtime(moment).strftime("%Y-%m-%d %H:%M")


def masked_phone(phone: str) -> str:
    """Show the head and the tail of a phone number: `138****1234`."""
    if len(phone) < _SHOWN_HEAD + _SHOWN_TAIL:
        return "*" * len(phone)
    return f"{phone[:_SHOWN_HEAD]}****{phone[-_SHOWN_TAIL:]}"
