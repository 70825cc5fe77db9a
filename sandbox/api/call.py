"""One call of the API as a handler sees it, the endpoint registry, and checks of input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.entities import App, JSONDict
from sandbox.errors import ApiError
from sandbox.simulator import Simulator
from sandbox.state import Corp

Schema = Any
"""`str`, `int`, `bool`, `object` (anything), `[schema]`, or `{name: schema}`."""


@dataclass(slots=True)
class Upload:
    """A file of a multipart body."""

    field: str
    filename: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class RawAnswer:
    """An answer that is not JSON."""

    content: bytes
    content_type: str
    filename: str = ""


@dataclass(slots=True)
class Call:
    """One authenticated call: who asks, in which corp, with what."""

    sim: Simulator
    path: str
    params: dict[str, str]
    body: JSONDict
    corp: Corp
    app: App
    client_ip: str = "127.0.0.1"
    upload: Upload | None = None

    @property
    def now(self) -> int:
        """Simulated Unix seconds."""
        return self.sim.world.clock.seconds()

    def text(self, name: str, *, chars: int = 0, octets: int = 0) -> str:
        """Return a text field, empty when absent, checked against its limit (40058)."""
        value = str(self.body.get(name) or "")
        check_length(value, name, chars=chars, octets=octets)
        return value

    def need(self, name: str, errcode: int = 40063) -> str:
        """Return a text field that must not be empty."""
        value = str(self.body.get(name) or "")
        if not value:
            raise ApiError(errcode, f"missing {name}")
        return value

    def number(self, name: str, default: int = 0) -> int:
        """Return an integer field."""
        value = self.body.get(name)
        return default if value is None else int(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean field."""
        value = self.body.get(name)
        return default if value is None else bool(value)

    def texts(self, name: str, cap: int, errcode: int = 40058) -> list[str]:
        """Return a list of texts, at most `cap` long."""
        value = [str(item) for item in self.body.get(name) or []]
        if len(value) > cap:
            raise ApiError(errcode, f"{name} holds more than {cap}")
        return value

    def mapping(self, name: str) -> JSONDict:
        """Return an object field, empty when absent."""
        value = self.body.get(name)
        return dict(value) if isinstance(value, dict) else {}

    def span(self, days: int) -> tuple[int, int]:
        """Return start_time and end_time, at most `days` apart (40058)."""
        start, end = self.number("start_time"), self.number("end_time")
        if start <= 0 or end < start or end - start > days * 86_400:
            raise ApiError(40058, f"time span must be positive and within {days} days")
        return start, end


def check_length(value: str, name: str, *, chars: int = 0, octets: int = 0) -> None:
    """Refuse a text that is longer than `chars` characters or `octets` UTF-8 bytes."""
    if chars and len(value) > chars:
        raise ApiError(40058, f"{name} is longer than {chars} characters")
    if octets and len(value.encode()) > octets:
        raise ApiError(40058, f"{name} is longer than {octets} bytes")


Answer = JSONDict | RawAnswer | None
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the API.

    Attributes:
        right: `none` (no token), `any`, `app` (self-built), `contacts`, or a callable-apps name.
        fields: Known body fields; unknown ones are accepted and counted.
        empty: List fields that stand in the answer beside an invalid token.
        is_pair_write: Two calls for one (member, customer) at a time give 45035.
        is_rated: Whether the base rate limits apply.
    """

    path: str
    methods: frozenset[str]
    handler: Handler
    right: str = "customer"
    fields: dict[str, Schema] | None = None
    empty: tuple[str, ...] = ()
    is_pair_write: bool = False
    is_rated: bool = True


@dataclass(slots=True)
class Registry:
    """All endpoints by path."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    def add(  # each word is a column of the endpoint table
        self,
        methods: str,
        path: str,
        *,
        right: str = "customer",
        fields: dict[str, Schema] | None = None,
        empty: Iterable[str] = (),
        is_pair_write: bool = False,
        is_rated: bool = True,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function as the handler of a path."""

        def register(handler: Handler) -> Handler:
            self.endpoints[path] = Endpoint(
                path,
                frozenset(methods.split()),
                handler,
                right,
                fields,
                tuple(empty),
                is_pair_write,
                is_rated,
            )
            return handler

        return register


REGISTRY = Registry()
endpoint = REGISTRY.add

LINK = {"title": str, "picurl": str, "desc": str, "url": str, "media_id": str}
MINIPROGRAM = {"title": str, "pic_media_id": str, "appid": str, "page": str}
MEDIA = {"media_id": str, "pic_url": str, "thumb_media_id": str}
ATTACHMENT = {
    "msgtype": str,
    "image": MEDIA,
    "link": LINK,
    "miniprogram": MINIPROGRAM,
    "video": MEDIA,
    "file": MEDIA,
}
TEXT = {"content": str}


def check_schema(value: Any, schema: Schema, where: str, unknown: list[str]) -> bool:
    """Whether `value` has the types of `schema`; unknown fields are collected, not refused."""
    if value is None or schema is object:
        return True
    if isinstance(schema, dict):
        return isinstance(value, dict) and _check_object(value, schema, where, unknown)
    if isinstance(schema, list):
        return isinstance(value, list) and all(
            item is not None and check_schema(item, schema[0], where, unknown) for item in value
        )
    if schema is int and isinstance(value, bool):
        return False
    return isinstance(value, schema)


def _check_object(
    value: JSONDict, schema: dict[str, Schema], where: str, unknown: list[str]
) -> bool:
    fine = True
    for name, item in value.items():
        place = f"{where}.{name}" if where else name
        if name not in schema:
            unknown.append(place)
        elif not check_schema(item, schema[name], place, unknown):
            fine = False
    return fine
