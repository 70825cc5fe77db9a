"""Set-based SQL through Django's connection: the one way the engines talk to PostgreSQL."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
from django.db import IntegrityError, connection

Params: TypeAlias = Sequence[Any] | Mapping[str, Any] | None


def fetch_all(query: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Run one query and return every row."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def fetch_dicts(query: str, params: Params = None) -> list[dict[str, Any]]:
    """Run one query and return every row as a dict by column name."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def fetch_value(query: str, params: Params = None) -> Any:
    """Run one query that returns one row of one column."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        row = cursor.fetchone()
        return None if row is None else row[0]


def execute(query: str, params: Params = None) -> int:
    """Run one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.rowcount)


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
