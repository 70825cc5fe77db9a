from datetime import datetime, timedelta, timezone

import pytest

from sandbox.mass_sending import local_midnight, quota_window

CHINA = timezone(timedelta(hours=8))


def at(year: int, month: int, day: int, *clock: int) -> float:
    hour, minute, second = [*clock, 0, 0, 0][:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=CHINA).timestamp()


@pytest.mark.parametrize(
    ("mode", "moment", "start", "quota"),
    [
        ("day", at(2026, 11, 22, 0, 0, 1), at(2026, 11, 22), 1),
        ("day", at(2026, 11, 22, 23, 59, 59), at(2026, 11, 22), 1),
        ("week", at(2026, 11, 22, 12), at(2026, 11, 16), 7),
        ("week", at(2026, 11, 23, 0), at(2026, 11, 23), 7),
        ("month", at(2026, 2, 28, 23), at(2026, 2, 1), 28),
        ("month", at(2024, 2, 1, 0), at(2024, 2, 1), 29),
        ("month", at(2026, 12, 31, 23), at(2026, 12, 1), 31),
    ],
)
def test_window_and_quota(mode: str, moment: float, start: float, quota: int) -> None:
    assert quota_window(mode, moment) == (start, quota)


def test_no_quota_when_switched_off() -> None:
    assert quota_window("off", at(2026, 1, 1))[1] > 1_000_000


def test_midnight_is_that_of_china() -> None:
    assert local_midnight(at(2026, 1, 2, 7, 59)) == at(2026, 1, 2)
    assert local_midnight(at(2026, 1, 2)) == at(2026, 1, 2)
