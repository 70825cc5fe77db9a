"""The pumps: everything that works through due rows, by the name of its bell.

Celery's workers call them when a bell rings; `manage.py pump` calls the same functions in a loop
without Celery, so that a dead Redis costs a second of delay and nothing else.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import close_old_connections

from analytics.services.folding import fold_figures as fold_facts
from campaigns.models import ChannelCode
from campaigns.services.channel_codes import PUSH_ROWS, push_channel_code
from campaigns.services.welcome import run_welcome_lane
from common import sql
from content.services.visits import close_silent_visits, prune_visits
from customers.services.dispatcher import dispatch_due
from customers.services.exports import EXPORT_KIND
from customers.services.intake import take_in
from customers.services.merges import merge_pending
from customers.services.refresh import refresh_due
from customers.services.sync import advance_jobs, start_sweep
from org.services import jobs as people_jobs
from org.services.api_answers import prune_answers
from org.services.sign_ins import prune_sessions
from scrm.loop import INTAKE, ROUTES
from scrm.web.customer_export import export_step
from scrm.web.customer_filter import chosen_customers
from sop.services.executor import advance_due
from sop.services.publishing import stop_archived_runs
from sop.services.scanning import scan_due
from touches.services.bulk_tagging import bulk_tagging_steps
from touches.services.mass_ends import stop_ended_tasks
from touches.services.mass_polling import poll_mass_results
from touches.services.mass_reminders import remind_staff
from touches.services.sending import MASS_KINDS, STAFF_KINDS, expire_overdue, send_due
from touches.services.slots import slot_due
from wecom.services.claims import expire_welcomes
from wecom.services.oauth_rounds import prune_rounds
from wecom.services.receipts import drain_spool, prune_receipts

logger = logging.getLogger(__name__)

RECEIPTS_KEPT: Final = timedelta(days=30)
# Below the time limit of a task, with room for a call that is under way.
WELCOME_BUDGET_SECONDS: Final = 40
# No step begins later than this: with one statement's time-out it stays below Celery's limit.
MAINTENANCE_SECONDS: Final = 20.0
# Of each minute's housekeeping, for the journeys' daily scans.
SCAN_SECONDS: Final = 8.0
# Likewise, for stopping what archived journeys still have open.
STOP_SECONDS: Final = 4.0
# Tables that are partitioned by month beside the ledger of events: their key, and whether that is
# a moment or a date.
_BY_MONTH: Final = (
    ("sop_steplog", "logged_at", True),
    ("touches_contactledger", "counted_on", False),
)


def welcome(now: datetime) -> None:
    """The welcome lane, before everything else: a welcome code lives 20 seconds.

    Its worker does nothing else, so it stays through a burst instead of waiting for the next bell.
    """
    run_welcome_lane(now=now, budget_seconds=WELCOME_BUDGET_SECONDS)


def intake(now: datetime) -> None:
    """Callbacks become facts and events."""
    take_in(handlers=INTAKE, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def dispatch_events(now: datetime) -> None:
    """Events become profiles, alerts and touches."""
    dispatch_due(routes=ROUTES, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def advance_journeys(now: datetime) -> None:
    """Due journey runs go on to their next wait."""
    advance_due(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def slot_touches(now: datetime) -> None:
    """Due touches get their place in the customer's budget, and their calls."""
    slot_due(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def send_staff_messages(now: datetime) -> None:
    """Due messages to staff, cards, tags and remarks go out."""
    send_due(STAFF_KINDS, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def send_mass(now: datetime) -> None:
    """Mass messages, their stops and WeCom's reminders go out, in a lane of their own: slow calls.

    After a try of unknown fate WeCom's list is read first, so one call may take long.
    """
    send_due(MASS_KINDS, now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def mass_results(now: datetime) -> None:
    """Mass messages end with their validity, staff are reminded, results are read."""
    stop_ended_tasks(now)
    remind_staff(now)
    poll_mass_results(now, settings.PUMP_BUDGET_SECONDS)


def refresh_customers(now: datetime) -> None:
    """The present state of what callbacks named is read from WeCom."""
    refresh_due(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def sync(now: datetime) -> None:
    """Running synchronisations and sweeps go on where they stood."""
    advance_jobs(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def jobs(now: datetime) -> None:
    """What people asked for goes on: bulk tags, exports."""
    steps = bulk_tagging_steps(chosen_customers) | {EXPORT_KIND: export_step}
    people_jobs.advance_jobs(steps, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def fold_figures(now: datetime) -> None:
    """What the ledger and the effect log tell is folded into the dashboard's facts."""
    fold_facts(now=now, budget_seconds=settings.PUMP_BUDGET_SECONDS)


def begin_sweep(now: datetime) -> None:
    """The nightly reconciliation begins."""
    start_sweep(now=now)


def push_channel_codes(now: datetime) -> None:
    """Channel codes that WeCom does not hold yet are brought there, in no fixed order.

    So codes that WeCom refuses, or is slow about, do not keep the others from their turn.
    """
    deadline = time.monotonic() + settings.PUMP_BUDGET_SECONDS
    for code in ChannelCode.objects.filter(is_in_step=False).order_by("?")[:PUSH_ROWS]:
        if time.monotonic() >= deadline:
            break
        push_channel_code(code)


def _ensure_partitions(now: datetime) -> None:
    span = [(now - timedelta(days=31)).date(), (now + timedelta(days=120)).date()]
    sql.fetch_value("SELECT customers_ensure_event_partitions(%s, %s)", span)
    for table, key, is_moment in _BY_MONTH:
        sql.fetch_value(
            "SELECT common_ensure_month_partitions(%s, %s, %s, %s, %s)",
            [table, key, is_moment, *span],
        )


# The short ones first; what may be long goes on in the next minute where it stood.
MAINTENANCE: Final[Mapping[str, Callable[[datetime], object]]] = {
    "ensure_partitions": _ensure_partitions,
    "expire_welcomes": lambda now: expire_welcomes(now=now),
    "expire_overdue": expire_overdue,
    "close_silent_visits": lambda now: close_silent_visits(now=now),
    "prune_sessions": lambda now: prune_sessions(),
    "prune_oauth_rounds": lambda now: prune_rounds(now=now),
    "prune_api_answers": lambda now: prune_answers(now=now),
    "prune_visits": lambda now: prune_visits(now=now),
    "prune_job_files": lambda now: people_jobs.prune_files(now=now),
    "prune_receipts": lambda now: prune_receipts(before=now - RECEIPTS_KEPT),
    "merge_pending": lambda now: merge_pending(now=now),
    "stop_archived_runs": lambda now: stop_archived_runs(now=now, budget_seconds=STOP_SECONDS),
    "scan_journeys": lambda now: scan_due(now=now, budget_seconds=SCAN_SECONDS),
    "drain_spool": lambda now: drain_spool(now=now),
}


def maintain(now: datetime) -> None:
    """Every minute: partitions, ends of what is overdue, clean-up, merges, the spool.

    A step that fails is logged and keeps no other from being done; when the steps have taken long
    together, the rest waits for the next minute.
    """
    deadline = time.monotonic() + MAINTENANCE_SECONDS
    for name, step in MAINTENANCE.items():
        if time.monotonic() >= deadline:
            logger.warning("maintenance_postponed", extra={"step": name})
            continue
        try:
            step(now)
        except Exception:  # the other steps have nothing to do with its failure
            logger.exception("maintenance_failed", extra={"step": name})
            close_old_connections()


PUMPS: Final[Mapping[str, Callable[[datetime], None]]] = {
    "scrm.welcome": welcome,
    "scrm.intake": intake,
    "scrm.dispatch_events": dispatch_events,
    "scrm.advance_journeys": advance_journeys,
    "scrm.slot_touches": slot_touches,
    "scrm.send_staff_messages": send_staff_messages,
    "scrm.send_mass": send_mass,
    "scrm.mass_results": mass_results,
    "scrm.refresh_customers": refresh_customers,
    "scrm.sync": sync,
    "scrm.jobs": jobs,
    "scrm.fold_figures": fold_figures,
    "scrm.push_channel_codes": push_channel_codes,
    "scrm.maintain": maintain,
    "scrm.start_sweep": begin_sweep,
}
