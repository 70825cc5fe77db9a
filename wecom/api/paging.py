"""Cursor paging: opaque cursors, pages may be short, only an empty cursor ends."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from wecom.client import Client
from wecom.errors import Ambiguous

MAX_PAGES: Final = 100_000


def pages(
    client: Client, api: str, body: Mapping[str, Any], *, cursor: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield the answers of a POST API page by page, from a cursor on.

    Raises:
        WeComError: a page could not be read; `CursorRejected` means begin again.
    """
    return _walk(lambda at: client.post(api, {**body, "cursor": at}), api=api, cursor=cursor)


def get_pages(client: Client, api: str, params: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the answers of a GET API page by page."""

    def read(at: str) -> dict[str, Any]:
        return client.get(api, {**params, "cursor": at} if at else params)

    return _walk(read, api=api, cursor="")


def _walk(
    read: Callable[[str], dict[str, Any]], *, api: str, cursor: str
) -> Iterator[dict[str, Any]]:
    """Follow the cursors; one that repeats itself would never end."""
    for _ in range(MAX_PAGES):
        answer = read(cursor)
        yield answer
        following = str(answer.get("next_cursor") or "")
        if not following:
            return
        if following == cursor:
            raise Ambiguous("the cursor does not move", api=api)
        cursor = following
    raise Ambiguous("the paging does not end", api=api)
