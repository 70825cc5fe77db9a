"""The pumps: everything that works through due rows, by the name of its bell.

Celery's workers call them when a bell rings; `manage.py pump` calls the same functions in a loop
without Celery, so that a dead Redis costs a second of delay and nothing else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from campaigns.services.channel_codes import push_channel_codes
from campaigns.services.welcome import run_welcome_lane
from common import sql
from content.services.logins import prune_logins
from content.services.visits import close_silent_visits
from customers.services.dispatcher import dispatch_due
from customers.services.intake import take_in
from customers.services.merges import merge_pending
from customers.services.refresh import refresh_due
from customers.services.sync import advance_jobs, start_sweep
from scrm.loop import INTAKE, ROUTES
from touches.services.sending import STAFF_KINDS, expire_overdue, send_due
from wecom.services.claims import expire_welcomes
from wecom.services.receipts import drain_spool, prune_receipts

RECEIPTS_KEPT: Final = timedelta(days=30)


def welcome(now: datetime) -> None:
    """The welcome lane, before everything else: a welcome code lives 20 seconds."""
    run_welcome_lane(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def intake(now: datetime) -> None:
    """Callbacks become facts and events."""
    take_in(handlers=INTAKE, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def dispatch_events(now: datetime) -> None:
    """Events become profiles, alerts and touches."""
    dispatch_due(routes=ROUTES, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def send_staff_messages(now: datetime) -> None:
    """Due messages to staff, cards, tags and remarks go out."""
    send_due(STAFF_KINDS, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def refresh_customers(now: datetime) -> None:
    """The present state of what callbacks named is read from WeCom."""
    refresh_due(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def sync(now: datetime) -> None:
    """Running synchronisations and sweeps go on where they stood."""
    advance_jobs(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def begin_sweep(now: datetime) -> None:
    """The nightly reconciliation begins."""
    start_sweep(now=now)


def maintain(now: datetime) -> None:
    """Every minute: drain the spool, close silent visits, end what is overdue."""
    drain_spool(now=now)
    expire_welcomes(now=now)
    close_silent_visits(now=now)
    expire_overdue(now)
    prune_logins(now=now)
    merge_pending(now=now)
    push_channel_codes()
    prune_receipts(before=now - RECEIPTS_KEPT)
    sql.fetch_value(
        "SELECT customers_ensure_event_partitions(%s, %s)",
        [(now - timedelta(days=31)).date(), (now + timedelta(days=120)).date()],
    )


PUMPS: Final[Mapping[str, Callable[[datetime], None]]] = {
    "scrm.welcome": welcome,
    "scrm.intake": intake,
    "scrm.dispatch_events": dispatch_events,
    "scrm.send_staff_messages": send_staff_messages,
    "scrm.refresh_customers": refresh_customers,
    "scrm.sync": sync,
    "scrm.maintain": maintain,
    "scrm.start_sweep": begin_sweep,
}
