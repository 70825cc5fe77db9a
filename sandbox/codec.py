"""Turn dataclasses into plain JSON values and back, guided by their type hints.

`dataclasses.asdict` deep-copies and cannot read back; a demo world has some hundred thousand
objects, so encoders and decoders are built once per type and cached.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import types
import typing
from collections.abc import Callable
from typing import Any

_PLAIN = (str, int, float, bool, type(None))
_FIELDS: dict[Any, tuple[str, ...]] = {}
_DECODERS: dict[Any, Callable[[Any], Any]] = {}

TRANSIENT = {"transient": True}
"""Field metadata: rebuilt after loading, never written."""


def encode(value: Any) -> Any:
    """Return `value` as JSON-ready data."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [encode(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return {name: encode(getattr(value, name)) for name in _kept_fields(type(value))}


def _kept_fields(cls: Any) -> tuple[str, ...]:
    names = _FIELDS.get(cls)
    if names is None:
        fields = dataclasses.fields(cls)
        names = tuple(f.name for f in fields if not f.metadata.get("transient"))
        _FIELDS[cls] = names
    return names


def decoder(hint: Any) -> Callable[[Any], Any]:
    """Return a function that turns JSON data back into a value of type `hint`."""
    known = _DECODERS.get(hint)
    if known is None:
        known = _DECODERS[hint] = _make_decoder(hint)
    return known


def _make_decoder(hint: Any) -> Callable[[Any], Any]:
    origin = typing.get_origin(hint)
    if origin in (list, set):
        item = decoder(typing.get_args(hint)[0])
        return lambda data: origin(item(entry) for entry in data)
    if origin is dict:
        key_hint, value_hint = typing.get_args(hint)
        key, value = decoder(key_hint), decoder(value_hint)
        return lambda data: {key(k): value(v) for k, v in data.items()}
    if origin in (types.UnionType, typing.Union):
        return _optional(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint)
    if hint is bytes:
        return base64.b64decode
    if hint is int or (isinstance(hint, type) and issubclass(hint, enum.Enum)):
        return hint
    return lambda data: data


def _optional(hint: Any) -> Callable[[Any], Any]:
    inner = decoder(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
    return lambda data: None if data is None else inner(data)


def _dataclass(cls: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    parts: dict[str, Callable[[Any], Any]] = {}

    def build(data: dict[str, Any]) -> Any:
        if not parts:
            parts.update({name: decoder(hints[name]) for name in _kept_fields(cls)})
        return cls(**{name: parts[name](item) for name, item in data.items() if name in parts})

    return build
