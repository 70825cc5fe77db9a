"""Reading the plain fields of a program (字段解析): waits, contacts, texts, numbers, times."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from django.utils.translation import gettext

from sop.program.conditions import Condition
from sop.program.steps import LANES, PURPOSES, Contact, Pause, Reentry, SlotWait, Step, TimeWait

CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
MAX_TEXT: Final = 1_000
MAX_MASS_BYTES: Final = 4_000
MAX_TITLE: Final = 36
UNITS: Final[Mapping[str, int]] = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
Raw: TypeAlias = Mapping[str, Any]
_CONTENT: Final[Mapping[str, frozenset[str]]] = {
    "M": frozenset({"text", "material_id"}),
    "T": frozenset({"body", "facts", "material_id"}),
}


class Fault(ValueError):
    """One thing wrong with one part of a program; the message is for people."""


def read_wait(key: str, label: str, raw: Raw) -> Step:
    """Read a wait of one of its three ways."""
    given = [name for name in ("for", "day", "time") if name in raw]
    if len(given) != 1:
        raise Fault(gettext("等待要写明一种方式:for、day 或 time"))
    if given == ["for"]:
        return Pause(key, read_seconds(as_mapping(raw["for"])), label)
    if given == ["time"]:
        days = tuple(raw.get("weekdays") or ())
        if any(type(day) is not int or not 1 <= day <= 7 for day in days):
            raise Fault(gettext("星期要写 1 到 7"))
        return TimeWait(key, read_minute(raw["time"]), days, label)
    past_due = raw.get("past_due", "next")
    if past_due not in {"next", "go"}:
        raise Fault(gettext("过期处理只能是 next 或 go"))
    day = read_number(raw["day"], gettext("第几天"), 0, 730)
    return SlotWait(key, day, read_number(raw["slot"], gettext("时段"), 0, 9), past_due, label)


def read_contact(key: str, label: str, raw: Raw, condition: Condition | None) -> Step:
    """Read a touch in lane M or T."""
    lane, purpose = raw["lane"], raw["purpose"]
    if lane not in LANES:
        raise Fault(gettext("通道只能是 M(企业群发)或 T(员工任务)"))
    if purpose not in PURPOSES:
        raise Fault(gettext("目的只能是 {names}").format(names="、".join(PURPOSES)))
    content = _content(as_mapping(raw["content"]), lane)
    minutes = raw.get("valid_minutes")
    return Contact(
        id=key,
        lane=lane,
        purpose=purpose,
        title=read_text(raw["title"], gettext("标题"), MAX_TITLE),
        content=dict(content),
        condition=condition,
        slot=None if raw.get("slot") is None else read_number(raw["slot"], gettext("时段"), 0, 9),
        valid_minutes=None
        if minutes is None
        else read_number(minutes, gettext("有效分钟"), 10, 14 * 1_440),
        label=label,
    )


def _content(content: Raw, lane: str) -> Raw:
    unknown = set(content) - _CONTENT[lane]
    if unknown:
        raise Fault(gettext("内容里有不认识的 {names}").format(names="、".join(sorted(unknown))))
    text = content.get("text" if lane == "M" else "body", "")
    if lane == "T":
        read_text(text, gettext("话术"), MAX_TEXT)
        return content
    if not text and not content.get("material_id"):
        raise Fault(gettext("群发要有文字或素材"))
    if "{" in text:
        raise Fault(gettext("群发对所有客户是同一段文字,不能用变量;要因人而异请用 T 通道"))
    if len(text.encode()) > MAX_MASS_BYTES:
        raise Fault(
            gettext("群发文字超过 {MAX_MASS_BYTES} 字节").format(MAX_MASS_BYTES=MAX_MASS_BYTES)
        )
    return content


def read_reentry(raw: Raw) -> Reentry:
    """Read whether somebody may come in again."""
    policy = raw.get("policy")
    fields: Mapping[Any, set[str]] = {
        "once": set(),
        "after_exit": {"gap_hours"},
        "window": {"count", "days"},
        "keyed": {"key"},
    }
    if policy not in fields:
        raise Fault(gettext("再次进入只能是 once、after_exit、window 或 keyed"))
    only(raw, {"policy", *fields[policy]})
    for name in fields[policy] - {"key"}:
        read_number(raw[name], name, 0 if name == "gap_hours" else 1, 24 * 730)
    if policy == "keyed":
        read_text(raw["key"], "key", 40)
    return Reentry(**raw)


def as_mapping(raw: Any) -> Raw:
    """Return what must be an object."""
    if not isinstance(raw, Mapping):
        raise Fault(gettext("必须是一个对象"))
    return raw


def only(raw: Raw, allowed: set[str]) -> None:
    """Refuse whatever is not among the names allowed."""
    unknown = set(raw) - allowed
    if unknown:
        raise Fault(
            gettext("不认识的内容 {names}").format(names="、".join(sorted(map(str, unknown))))
        )


def read_text(raw: Any, name: str, most: int, least: int = 1) -> str:
    """Return a text that has the right length."""
    if not isinstance(raw, str) or not least <= len(raw) <= most:
        raise Fault(
            gettext("{name}要有 {least} 到 {most} 个字").format(name=name, least=least, most=most)
        )
    return raw


def read_number(raw: Any, name: str, least: int, most: int) -> int:
    """Return a whole number within its bounds."""
    if type(raw) is not int or not least <= raw <= most:
        raise Fault(
            gettext("{name}要在 {least} 和 {most} 之间").format(name=name, least=least, most=most)
        )
    return raw


def read_percent(raw: Any) -> float:
    """Return a share of at most one half, in percent."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 50:
        raise Fault(gettext("比例要在 0 和 50 之间"))
    return float(raw)


def read_names(raw: Any) -> tuple[str, ...]:
    """Return names of tags."""
    names = tuple(raw or ())
    if any(not isinstance(name, str) or not name for name in names):
        raise Fault(gettext("标签名不能为空"))
    return names


def read_seconds(raw: Raw) -> int:
    """Return a span of time in seconds."""
    only(raw, set(UNITS))
    total = sum(read_number(raw[unit], unit, 0, 365 * 86_400) * UNITS[unit] for unit in raw)
    if not 0 < total <= 730 * 86_400:
        raise Fault(gettext("时长要在 1 秒和 730 天之间"))
    return total


def read_minute(raw: Any) -> int:
    """Return a time of day as minutes since midnight."""
    match = CLOCK.fullmatch(str(raw))
    if match is None:
        raise Fault(gettext("时刻要写成 HH:MM"))
    return int(match[1]) * 60 + int(match[2])
