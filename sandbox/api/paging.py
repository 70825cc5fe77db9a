"""Opaque cursors and pages, short ones included."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from sandbox.api.call import Call
from sandbox.entities import JSONDict
from sandbox.errors import ApiError

Row = TypeVar("Row")


def make_cursor(path: str, *positions: int) -> str:
    """Return an opaque cursor for a position in the answer of `path`."""
    text = ":".join([path, *map(str, positions)])
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_cursor(call: Call, width: int = 1) -> list[int]:
    """Return the position in the caller's cursor, zeros without one.

    Raises:
        ApiError: 50100 when the cursor is not one of ours for this API.
    """
    cursor = str(call.body.get("cursor") or call.params.get("cursor") or "")
    if not cursor:
        return [0] * width
    try:
        path, *positions = base64.urlsafe_b64decode(cursor.encode()).decode().split(":")
        numbers = [int(position) for position in positions]
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise ApiError(50100) from error
    if path != call.path or len(numbers) != width:
        raise ApiError(50100)
    return numbers


def read_limit(call: Call, default: int, cap: int) -> int:
    """Return the page size asked for.

    Raises:
        ApiError: 40058 outside 1…cap.
    """
    limit = call.number("limit", default) or default
    if not 1 <= limit <= cap:
        raise ApiError(40058, f"limit must be 1…{cap}")
    return limit


def page_size(call: Call, limit: int) -> int:
    """Return how many rows this page will really hold: less than `limit` where pages are short."""
    short = call.sim.world.settings.short_pages or call.sim.faults.quiet("short_pages", call.path)
    if not short:
        return limit
    return max(1, int(limit * (0.3 + 0.5 * call.sim.world.chance("short_page"))))


def page(
    call: Call,
    rows: Sequence[Row],
    show: Callable[[Row], object],
    *,
    default: int,
    cap: int,
) -> tuple[list[object], str]:
    """Return (rows of this page as JSON, next_cursor)."""
    (start,) = read_cursor(call)
    size = page_size(call, read_limit(call, default, cap))
    chosen = rows[start : start + size]
    more = start + size < len(rows)
    return [show(row) for row in chosen], make_cursor(call.path, start + size) if more else ""


def paged(name: str, rows: list[object], cursor: str) -> JSONDict:
    """Return the usual answer of a paged API."""
    return {name: rows, "next_cursor": cursor}
