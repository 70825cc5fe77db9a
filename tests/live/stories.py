"""Stories on a fresh application, with a thread for what touches the database."""

import asyncio
from collections.abc import Awaitable, Callable

from django.db import connection

from scrm.live.app import LiveApp


def run(story: Callable[[LiveApp], Awaitable[None]]) -> None:
    """Play a story on a fresh application, and close it."""

    async def play() -> None:
        app = LiveApp()
        try:
            await story(app)
        finally:
            await app.close()

    asyncio.run(play())


async def in_thread(work: Callable[[], object]) -> None:
    """Work in a thread that leaves no connection."""

    def closing() -> None:
        try:
            work()
        finally:
            connection.close()

    await asyncio.to_thread(closing)
