"""Set-based SQL through Django's connection: the one way the engines talk to PostgreSQL."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections
from django.db.backends.utils import CursorWrapper

Params: TypeAlias = Sequence[Any] | Mapping[str, Any] | None
_PLACE: Final = re.compile(r"%(?:%|s|\((\w+)\)s)")


class Prepared:
    """A statement that PostgreSQL plans once a connection, not at every call (预备语句).

    For the short statements of the engines that run all the time: over a ledger of many months
    planning costs several times what they do. The plan is made without the values
    (`plan_cache_mode` of `settings.DATABASES`), so it has to be right for all: states that partial
    indexes ask for are written in the text, and every value has a type, by its place or by a cast.
    """

    def __init__(self, text: str) -> None:
        """Read a statement with `%s` or `%(name)s` in it."""
        self.text = text
        self.name = f"scrm_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        self._names: list[str] = []
        self.body = _PLACE.sub(self._number, text)
        places = ", ".join(["%s"] * len(self._names))
        self.call = f"EXECUTE {self.name} ({places})" if places else f"EXECUTE {self.name}"

    def _number(self, place: re.Match[str]) -> str:
        if place[0] == "%%":
            return "%"
        name = place[1] or str(len(self._names))
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"

    def values(self, params: Params) -> list[Any]:
        """Return the values in the order of the numbers."""
        if isinstance(params, Mapping):
            return [params[name] for name in self._names]
        return list(params or ())

    def prepare(self) -> None:
        """Make the statement known to this thread's connection, unless it is."""
        ours = connections[DEFAULT_DB_ALIAS]
        ours.ensure_connection()
        raw = ours.connection
        known = ours.__dict__.get("prepared_statements")
        if known is None or known[0] is not raw:
            names: set[str] = set()
            known = ours.__dict__["prepared_statements"] = (raw, names)
        if self.name not in known[1]:
            with raw.cursor() as cursor:
                cursor.execute(f"PREPARE {self.name} AS {self.body}")
            known[1].add(self.name)


Query: TypeAlias = str | Prepared


def fetch_all(query: Query, params: Params = None) -> list[tuple[Any, ...]]:
    """Run one query and return every row."""
    with connection.cursor() as cursor:
        _run(cursor, query, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def fetch_dicts(query: Query, params: Params = None) -> list[dict[str, Any]]:
    """Run one query and return every row as a dict by column name."""
    with connection.cursor() as cursor:
        _run(cursor, query, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_value(query: Query, params: Params = None) -> Any:
    """Run one query that returns one row of one column."""
    with connection.cursor() as cursor:
        _run(cursor, query, params)
        row = cursor.fetchone()
        return None if row is None else row[0]


def execute(query: Query, params: Params = None) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        _run(cursor, query, params)
        return int(cursor.rowcount)


def _run(cursor: CursorWrapper, query: Query, params: Params) -> None:
    if isinstance(query, Prepared):
        query.prepare()
        cursor.execute(query.call, query.values(params))
    else:
        cursor.execute(query, params)


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that refused, or ''."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return str(name or "")


def numbers(values: Iterable[int | None]) -> str:
    """Return whole numbers for `%s::bigint[]`: one text is parsed faster than as many constants."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def json_rows(rows: Sequence[Any] | Mapping[str, Any]) -> str:
    """Return rows as JSON for `jsonb_to_recordset`, without what PostgreSQL's text cannot hold.

    Moments and UUIDs may stand in them as they are. NUL characters and lone surrogates, which a
    hostile nickname may carry, are taken out.
    """
    try:
        text = orjson.dumps(rows, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        # A lone surrogate, or a number of more than 64 bits.
        return json.dumps(_clean(rows), ensure_ascii=False, default=str)
    if "\\u0000" in text:
        text = orjson.dumps(_clean(rows), option=orjson.OPT_NON_STR_KEYS).decode()
    return text


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="ignore").decode()
    if isinstance(value, Mapping):
        return {_clean(name): _clean(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_clean(item) for item in value]
    return value
