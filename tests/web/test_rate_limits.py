"""A rate limit counts each key by itself, begins anew with each window, and stays small."""

from datetime import timedelta

from scrm.web import rate_limits
from scrm.web.rate_limits import RateLimit
from tests.makers import NOW


def test_each_key_has_its_own_count_and_a_new_window_begins_anew():
    limit = RateLimit(2, window=timedelta(minutes=1))

    assert [limit.allows("a", now=NOW) for _ in range(3)] == [True, True, False]
    assert limit.allows("b", now=NOW)
    assert not limit.allows("a", now=NOW + timedelta(seconds=59))
    assert limit.allows("a", now=NOW + timedelta(seconds=60))


def test_it_remembers_a_bounded_number_of_keys(monkeypatch):
    monkeypatch.setattr(rate_limits, "REMEMBERED", 3)
    limit = RateLimit(1, window=timedelta(minutes=1))

    for key in "abcd":
        limit.allows(key, now=NOW)

    assert len(limit._counted) == 3
    assert limit.allows("a", now=NOW)
    assert not limit.allows("d", now=NOW)
