"""Filters that write values as the product writes them; built in, no `{% load %}`."""

import zlib
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils.timezone import localtime

from common import clock
from common.money import yuan
from scrm.web import wording
from scrm.web.reason_words import reason_words

register = template.Library()
NOTHING = "—"
AVATAR_COLORS = 8


@register.filter
def money(fen: int | None) -> str:
    """Fen as `¥12,345.00`."""
    return NOTHING if fen is None else yuan(int(fen))


@register.filter
def why(reason: str | None) -> str:
    """A stored reason, in the reader's language."""
    return reason_words(reason or "")


@register.filter
def phone(number: str | None) -> str:
    """A phone number as `138****1234`."""
    return wording.masked_phone(number) if number else NOTHING


@register.filter
def number(value: float | Decimal | None, places: int = 0) -> str:
    """A number as `12,345`, with so many decimal places."""
    return NOTHING if value is None or value == "" else f"{value:,.{places}f}"


@register.filter
def percent(ratio: float | Decimal | None, places: int = 1) -> str:
    """A ratio (0-1) as `38.4%`."""
    return NOTHING if ratio is None else f"{ratio * 100:.{places}f}%"


@register.filter
def moment(value: datetime | None) -> str:
    """A moment as `2026-11-22 18:05`."""
    return NOTHING if value is None else wording.moment_words(value)


@register.filter
def day(value: date | None) -> str:
    """A day, or the day of a moment, as `2026-11-22`."""
    if value is None:
        return NOTHING
    local = localtime(value) if isinstance(value, datetime) else value
    return local.isoformat()[:10]


@register.filter
def ago(value: datetime | None) -> str:
    """A moment as `42 分钟前`, a week later as its date."""
    return NOTHING if value is None else wording.ago_words(value, now=clock.now())


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as `2 分 14 秒`."""
    return NOTHING if seconds is None else wording.duration_words(round(seconds))


@register.filter
def hue(seed: object) -> int:
    """A number 0-7 for the color of an avatar, always the same for the same seed."""
    if isinstance(seed, int):
        return seed % AVATAR_COLORS
    return zlib.crc32(str(seed).encode()) % AVATAR_COLORS


@register.filter
def initial(name: object) -> str:
    """The one character on an avatar."""
    return str(name).strip()[:1].upper()
