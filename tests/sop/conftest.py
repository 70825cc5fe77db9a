"""No bells: tests move the journeys themselves."""

import pytest

from common import bell


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[str]:
    """The bells that were rung."""
    names: list[str] = []
    monkeypatch.setattr(bell, "ring", names.append)
    return names
