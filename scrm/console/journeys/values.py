"""Values of conditions as people write them: a posted text becomes a typed value, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _

from sop.program.vocabulary import Fact, ValueKind

FEN: Final = 100
MAX_NUMBER: Final = 10**12
_SEPARATORS: Final = str.maketrans({"，": ",", "、": ",", "；": ",", ";": ","})


class BadValue(ValueError):
    """What was written is no value of its kind; the message is for people."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What people may choose from (选项): read once a request.

    Attributes:
        tags: Names of tags, by their group.
        materials: Published materials, newest first.
        slots: The day's slots, as they are called.
        owners: Who may look after a journey.
    """

    tags: Sequence[tuple[str, Sequence[str]]] = ()
    materials: Sequence[tuple[int, str]] = ()
    slots: Sequence[str] = ()
    owners: Sequence[tuple[int, str]] = ()

    @property
    def tag_names(self) -> frozenset[str]:
        """Every tag there is."""
        return frozenset(name for _group, names in self.tags for name in names)


def options_of(fact: Fact, choices: Choices) -> list[tuple[str, str]]:
    """Return what a fact's value is chosen from; nothing where it is written."""
    if fact.kind is ValueKind.FLAG:
        return [("1", _("是")), ("0", _("否"))]
    if fact.kind is ValueKind.MATERIAL:
        return [(str(pk), title) for pk, title in choices.materials]
    return list(fact.choices.items())


def read_value(fact: Fact, op: str, text: str, texts: Sequence[str]) -> Any:
    """Read what was posted.

    Args:
        text: Of a single control; `texts` of check boxes.

    Raises:
        BadValue: it is none.
    """
    if op == "in":
        parts = texts or [part for part in text.translate(_SEPARATORS).split(",") if part.strip()]
        if not parts:
            raise BadValue(_("请至少选一项"))
        return [_read_one(fact, part.strip()) for part in parts]
    return _read_one(fact, text.strip())


def written(fact: Fact, value: Any) -> str:
    """Return a value as its control holds it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if fact.kind is ValueKind.MONEY and isinstance(value, int):
        return f"{Decimal(value) / FEN:f}"
    return "" if value is None else str(value)


def written_list(fact: Fact, value: Any) -> list[str]:
    """Return a list of values as check boxes hold them."""
    return [written(fact, one) for one in value] if isinstance(value, list | tuple) else []


def _read_one(fact: Fact, text: str) -> Any:
    if not text:
        raise BadValue(_("请填写"))
    match fact.kind:
        case ValueKind.FLAG:
            return text == "1"
        case ValueKind.NUMBER | ValueKind.MATERIAL:
            return _whole(text)
        case ValueKind.MONEY:
            return _fen(text)
        case ValueKind.CHOICE if text not in fact.choices:
            raise BadValue(_("没有这个选项"))
        case _:
            return text[:200]


def _whole(text: str) -> int:
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit():
        raise BadValue(_("请填整数"))
    number = int(text[:15])
    if abs(number) > MAX_NUMBER:
        raise BadValue(_("数字太大"))
    return number


def _fen(text: str) -> int:
    try:
        amount = Decimal(text) * FEN
    except InvalidOperation:
        raise BadValue(_("请填金额")) from None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > MAX_NUMBER:
        raise BadValue(_("请填金额，最多两位小数"))
    return int(amount)


def text_of(data: Mapping[str, Any], name: str, most: int = 200) -> str:
    """Return a posted text, cut to a sensible length and without what cannot be stored."""
    return str(data.get(name) or "").replace("\x00", "")[:most]
