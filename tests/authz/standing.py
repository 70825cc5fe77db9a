"""A world that stands for all the tests of a package: made once, and undone after each of them.

Making it takes longer than what most tests ask of it. Each test works in a savepoint of the
transaction that the world was made in, so that it finds everything as it was.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from scrm.console.sign_in.views import TRIES
from scrm.console.sign_in.wecom import STARTS
from scrm.web.rate_limits import RateLimit
from scrm.web.shared_limits import Verdict
from tests.authz.world import World
from tests.makers import NOW

PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
IN_PROCESS: Final[tuple[RateLimit, ...]] = (TRIES, STARTS)


class Unlimited:
    """Lets the same few people ask as often as all tests together do."""

    def count(self, _key: str) -> Verdict:
        """Allow it."""
        return Verdict(is_allowed=True, left=1, resets_in_seconds=1)


def stand_still(patch: pytest.MonkeyPatch, settings: Any, spool: Path) -> None:
    """Let time stand still, WeCom be out of reach, and nobody have asked too often."""
    settings.SPOOL_DIR = spool
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    patch.setattr("common.clock.now", lambda: NOW)
    patch.setattr("scrm.console.codes.pictures.code_picture", lambda code, *, now: PNG)
    patch.setattr("scrm.sidebar.client._only_in_development", lambda: None)
    patch.setattr("scrm.web.throttling.limit", Unlimited())
    for limit in IN_PROCESS:
        limit.forget()


@contextmanager
def kept(make: Callable[[], World], blocker: DjangoDbBlocker) -> Iterator[World]:
    """Make a world in a transaction of its own, which ends with the package."""
    with blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("common.clock.now", lambda: NOW)
            made = make()
        yield made
        transaction.set_rollback(True)
