"""Pumps: one that fails, or is slow, keeps no other from its work."""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings

from campaigns.models import ChannelCode
from common import sql
from scrm import settings as shell_settings
from scrm.tasks import bells, pumps
from touches.services.policies import POLICIES
from touches.services.pump import REQUESTS_A_CALL
from touches.services.reconciling import LOOK_UP_SECONDS

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def broken(_now: datetime) -> None:
    raise RuntimeError("planted")


def test_a_step_that_fails_is_named_and_skips_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    done: list[str] = []
    steps = {"first": broken, "second": lambda now: done.append(f"{now:%H:%M}")}
    monkeypatch.setattr(pumps, "MAINTENANCE", steps)

    pumps.maintain(NOW)

    assert done == ["02:00"]
    [record] = caplog.records
    assert (record.levelno, record.msg, vars(record)["step"]) == (
        logging.ERROR, "maintenance_failed", "first",
    )  # fmt: skip
    assert record.exc_info is not None


@pytest.mark.django_db(transaction=True)
def test_every_step_works(caplog: pytest.LogCaptureFixture):
    pumps.maintain(NOW)

    assert [vars(record) for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.django_db
def test_partitions_are_made_ahead():
    pumps._ensure_partitions(datetime(2031, 3, 31, 17, 0, tzinfo=UTC))

    names = ("customers_event_203107", "touches_contactledger_203107")
    assert [sql.fetch_value("SELECT to_regclass(%s)::text", [name]) for name in names] == [*names]


def test_steps_that_take_long_leave_the_rest_to_the_next_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    ticks = iter([0.0, 0.0, pumps.MAINTENANCE_SECONDS])
    monkeypatch.setattr(pumps, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    done: list[datetime] = []
    monkeypatch.setattr(pumps, "MAINTENANCE", {"long": done.append, "next": done.append})

    pumps.maintain(NOW)

    assert done == [NOW]
    assert [(r.msg, vars(r)["step"]) for r in caplog.records] == [("maintenance_postponed", "next")]


def test_no_pump_comes_near_the_time_limit_of_a_task():
    statement = shell_settings._STATEMENT_TIMEOUT_MS["worker"] / 1_000
    one_call = REQUESTS_A_CALL * (settings.WECOM_CONNECT_SECONDS + settings.WECOM_READ_SECONDS)
    limit = settings.CELERY_TASK_TIME_LIMIT

    assert pumps.MAINTENANCE_SECONDS + statement < limit
    assert settings.PUMP_BUDGET_SECONDS + one_call < limit


def test_a_mass_message_may_be_looked_for_and_sent_in_one_task():
    one_call = REQUESTS_A_CALL * (settings.WECOM_CONNECT_SECONDS + settings.WECOM_READ_SECONDS)
    longest = settings.PUMP_BUDGET_SECONDS + LOOK_UP_SECONDS + 2 * one_call

    assert longest < bells.MASS_TIME_LIMIT
    assert LOOK_UP_SECONDS + 2 * one_call < POLICIES["mass_message"].lease_seconds


def test_pushing_channel_codes_ends_with_its_budget(monkeypatch: pytest.MonkeyPatch):
    ticks = iter([0.0, 0.0, 1.0, float(settings.PUMP_BUDGET_SECONDS)])
    monkeypatch.setattr(pumps, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    rows = SimpleNamespace(order_by=lambda _by: ["a", "b", "c"])
    monkeypatch.setattr(ChannelCode, "objects", SimpleNamespace(filter=lambda **_: rows))
    pushed: list[str] = []
    monkeypatch.setattr(pumps, "push_channel_code", pushed.append)

    pumps.push_channel_codes(NOW)

    assert pushed == ["a", "b"]
