"""Local days as moments (本地日): what "the last seven days" begins with."""

from datetime import date, datetime, timedelta

from common.clock import SHANGHAI, local_date


def start_of(days: int, *, now: datetime) -> datetime:
    """Return the local midnight with which the last so many days begin, today among them."""
    return midnight(local_date(now) - timedelta(days=days - 1))


def midnight(on: date) -> datetime:
    """Return when a local day begins."""
    return datetime(on.year, on.month, on.day, tzinfo=SHANGHAI)
