"""Talking to the sandbox's control side: the demo company's own facts and its past."""

from collections.abc import Iterator
from typing import Any, Final

import requests
from django.conf import settings

PAGE_EVENTS: Final = 5_000
SECONDS: Final = 60.0


class NoSandbox(RuntimeError):
    """There is no sandbox with the demo company at `WECOM_API_BASE_URL`."""


def ask(path: str, **query: Any) -> Any:
    """Read one page of the sandbox's control side.

    Raises:
        NoSandbox: nothing answers there, or it plays another world.
    """
    url = f"{settings.WECOM_API_BASE_URL}/_sim/{path}"
    try:
        answer = requests.get(url, params=query, timeout=SECONDS)
    except requests.RequestException as error:
        raise NoSandbox(f"no sandbox answers at {settings.WECOM_API_BASE_URL}") from error
    if not answer.ok:
        raise NoSandbox(f"{url} answered {answer.status_code}")
    return answer.json()


def act(action: str, **words: Any) -> dict[str, Any]:
    """Do in the sandbox what a person would do with a phone."""
    return control(f"actions/{action}", **words)


def control(path: str, **words: Any) -> dict[str, Any]:
    """Tell the sandbox's control side to do something."""
    url = f"{settings.WECOM_API_BASE_URL}/_sim/{path}"
    answer = requests.post(url, json=words, timeout=SECONDS)
    answer.raise_for_status()
    done: dict[str, Any] = answer.json()
    return done


def change(path: str, **words: Any) -> dict[str, Any]:
    """Change some values on the sandbox's control side."""
    url = f"{settings.WECOM_API_BASE_URL}/_sim/{path}"
    answer = requests.patch(url, json=words, timeout=SECONDS)
    answer.raise_for_status()
    done: dict[str, Any] = answer.json()
    return done


def history(after: int = 0) -> Iterator[tuple[list[dict[str, Any]], int, int]]:
    """Yield the company's past page by page, as (events, how many so far, total)."""
    while True:
        page = ask("demo/history", after=after, limit=PAGE_EVENTS)
        after += len(page["events"])
        yield page["events"], after, page["total"]
        if page["next"] is None:
            return
