"""Fixtures for tests that go through Django's whole chain of middleware."""

import pytest


@pytest.fixture(autouse=True)
def static_files_from_source(settings) -> None:
    """Nothing has been collected: WhiteNoise looks files up instead of missing its directory."""
    settings.WHITENOISE_AUTOREFRESH = True
