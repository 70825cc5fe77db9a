"""WeCom's answers as typed values: lenient towards added fields, strict about promised ones.

An answer class is a frozen dataclass whose field names are WeCom's, or name theirs with `Key`:
`added_at: Annotated[datetime, Key("createtime")]`. A field with a default may be absent.
"""

import dataclasses
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from wecom.errors import Ambiguous

AnswerT = TypeVar("AnswerT")
Converter = Callable[[Any], Any]
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Key:
    """WeCom's name of a field that we call differently."""

    name: str


@dataclass(frozen=True, slots=True)
class _FieldRule:
    name: str
    key: str
    convert: Converter
    is_required: bool


def load(answer_class: type[AnswerT], data: Any, *, api: str = "") -> AnswerT:
    """Build an answer class from decoded JSON.

    Raises:
        Ambiguous: a promised field is missing or not of its type; the call was made, though.
    """
    try:
        return _build(answer_class, data)
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        problem = f"{answer_class.__name__}: {error}"
    raise Ambiguous(problem, api=api)


def load_list(
    answer_class: type[AnswerT], data: dict[str, Any], key: str, *, api: str = ""
) -> tuple[AnswerT, ...]:
    """Build the answer classes of a list; an absent list is empty."""
    rows = data.get(key) or []
    if not isinstance(rows, list):
        raise Ambiguous(f"{key} is not a list", api=api)
    return tuple(load(answer_class, row, api=api) for row in rows)


def texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of texts; an absent list is empty."""
    rows = data.get(key) or []
    if not isinstance(rows, list):
        raise Ambiguous(f"{key} is not a list")
    return tuple(str(row) for row in rows)


def text(data: dict[str, Any], key: str, *, api: str = "") -> str:
    """Return a text that must be there and not be empty."""
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise Ambiguous(f"{key} is missing", api=api)
    return value


def _build(answer_class: type[AnswerT], data: Any) -> AnswerT:
    if not isinstance(data, dict):
        raise TypeError(f"expected an object, not {type(data).__name__}")
    values: dict[str, Any] = {}
    for rule in _rules_of(answer_class):  # type: ignore[arg-type] # classes are hashable
        value = data.get(rule.key, _ABSENT)
        if value is _ABSENT or value is None:
            if rule.is_required:
                raise KeyError(rule.key)
            continue
        values[rule.name] = rule.convert(value)
    return answer_class(**values)


@cache
def _rules_of(answer_class: type[Any]) -> tuple[_FieldRule, ...]:
    hints = get_type_hints(answer_class, include_extras=True)
    rules: list[_FieldRule] = []
    for field in dataclasses.fields(answer_class):
        hint = hints[field.name]
        key = field.name
        if get_origin(hint) is Annotated:
            hint, note = get_args(hint)[:2]
            key = note.name
        is_required = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        rules.append(_FieldRule(field.name, key, _converter(hint), is_required))
    return tuple(rules)


def _converter(hint: Any) -> Converter:
    """Return what turns a JSON value into a value of this type."""
    simple: dict[Any, Converter] = {
        str: _text,
        int: _number,
        float: _fraction,
        bool: bool,
        datetime: _moment,
    }
    if hint in simple:
        return simple[hint]
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (inner,) = [part for part in get_args(hint) if part is not type(None)]
        return _converter(inner)
    if origin is tuple:
        return _list_of(_converter(get_args(hint)[0]))
    if origin is dict:
        return dict
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value: _build(hint, value)
    raise TypeError(f"no converter for {hint!r}")


def _list_of(convert: Converter) -> Converter:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, not {type(value).__name__}")
        return tuple(convert(item) for item in value)

    return read


def _text(value: Any) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"expected a text, not {type(value).__name__}")


def _number(value: Any) -> int:
    if isinstance(value, int | str):
        return int(value)
    raise TypeError(f"expected a number, not {type(value).__name__}")


def _fraction(value: Any) -> float:
    return float(value)


def _moment(value: Any) -> datetime:
    return datetime.fromtimestamp(_number(value), UTC)
