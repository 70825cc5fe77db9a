"""Buckets refill with time and pauses grow, for one API of one corp at a time."""

from datetime import timedelta

import pytest

from tests.wecom.conftest import NOW
from wecom import limits
from wecom.errors import RateLimited
from wecom.limits import ApiLimit
from wecom.models import ApiBucket, Corp

API = "user/get"


@pytest.fixture(autouse=True)
def _small_bucket(settings):
    settings.WECOM_API_LIMITS = {"*": ApiLimit(burst=3, per_second=0.5)}


def _take(corp, seconds=0.0, api=API):
    limits.take(corp_pk=corp.pk, api=api, now=NOW + timedelta(seconds=seconds))


def _drain(corp, seconds=0.0, api=API):
    """Take until the bucket is empty and return how many there were."""
    for count in range(100):
        try:
            _take(corp, seconds, api)
        except RateLimited:
            return count
    return 100


def test_a_new_bucket_is_full(corp):
    assert _drain(corp) == 3


def test_it_refills_with_time_up_to_its_size(corp):
    _drain(corp)
    assert _drain(corp, 2) == 1
    assert _drain(corp, 3) == 0
    assert _drain(corp, 4) == 1
    assert _drain(corp, 1000) == 3


def test_each_api_and_each_corp_has_its_own(corp):
    other = Corp.objects.create(corp_id="wwOther", name="other")
    _drain(corp)
    assert _drain(corp, api="user/list") == 3
    assert _drain(other) == 3


def test_a_clock_that_runs_back_gives_nothing_and_loses_nothing(corp):
    _drain(corp, 100)
    assert _drain(corp, 50) == 0
    assert ApiBucket.objects.get().refilled_at == NOW + timedelta(seconds=100)
    assert _drain(corp, 102) == 1


def test_the_refusal_says_when_to_come_back(corp):
    _drain(corp)
    with pytest.raises(RateLimited) as refused:
        _take(corp)
    assert refused.value.retry_after_seconds == 2
    assert refused.value.api == API


def test_the_databases_clock_is_the_default(corp):
    limits.take(corp_pk=corp.pk, api=API)
    assert ApiBucket.objects.get().tokens == 2


def _pause(corp, seconds=0.0, api=API):
    now = NOW + timedelta(seconds=seconds)
    return limits.pause(corp_pk=corp.pk, api=api, reason="freq", now=now)


def test_a_pause_closes_its_api_for_a_minute(corp):
    assert _pause(corp) == 60
    with pytest.raises(RateLimited, match="paused") as refused:
        _take(corp, 20)
    assert refused.value.retry_after_seconds == 40
    _take(corp, api="user/list")
    _take(corp, 60)


def test_a_paused_api_uses_no_tokens(corp):
    _take(corp)
    _pause(corp)
    assert _drain(corp, 1) == 0
    assert ApiBucket.objects.get().tokens == 2


def test_a_second_overrun_soon_after_closes_the_hour(corp):
    _pause(corp)
    assert _pause(corp, 61) == 3600
    assert _pause(corp, 5 * 3600) == 60


def test_two_overruns_of_one_moment_are_one_pause(corp):
    assert _pause(corp) == 60
    assert _pause(corp, 1) == 60


def test_some_apis_have_longer_windows_and_smaller_buckets(corp, settings):
    settings.WECOM_API_LIMITS = {}
    assert _pause(corp, api="get_jsapi_ticket") == 3600
    assert _pause(corp, api="media/uploadimg") == 86400
    assert limits.limit_of("ticket/get").burst == 20
    assert limits.limit_of("user/get") == limits.DEFAULT


def test_the_default_stays_below_both_documented_limits():
    bucket = limits.DEFAULT
    assert bucket.burst + 60 * bucket.per_second <= 10_000 * 0.75
    assert bucket.burst + 3600 * bucket.per_second <= 150_000 * 0.9
