"""One Celery task a pump: a wake-up without payload, acknowledged before it runs."""

from typing import Final

from celery import shared_task
from django.db import close_old_connections

from common import bell, clock
from scrm.tasks import pumps
from scrm.tasks.alive import working

# Seconds; a mass message may be looked for before it is sent, and results come in many pages.
MASS_TIME_LIMIT: Final = 150


def _answer(name: str) -> None:
    bell.answered(name)
    # A connection that broke since the last bell is replaced.
    close_old_connections()
    with working():
        pumps.PUMPS[name](clock.now())


@shared_task(name="scrm.welcome")
def welcome() -> None:
    """Send due welcomes."""
    _answer("scrm.welcome")


@shared_task(name="scrm.intake")
def intake() -> None:
    """Take in received callbacks."""
    _answer("scrm.intake")


@shared_task(name="scrm.dispatch_events")
def dispatch_events() -> None:
    """Fold queued events."""
    _answer("scrm.dispatch_events")


@shared_task(name="scrm.advance_journeys")
def advance_journeys() -> None:
    """Move due journey runs along."""
    _answer("scrm.advance_journeys")


@shared_task(name="scrm.slot_touches")
def slot_touches() -> None:
    """Give due touches their places and calls."""
    _answer("scrm.slot_touches")


@shared_task(name="scrm.send_staff_messages")
def send_staff_messages() -> None:
    """Send due messages to staff."""
    _answer("scrm.send_staff_messages")


@shared_task(name="scrm.send_mass", time_limit=MASS_TIME_LIMIT)
def send_mass() -> None:
    """Send due mass messages, stops and reminders."""
    _answer("scrm.send_mass")


@shared_task(name="scrm.mass_results", time_limit=MASS_TIME_LIMIT)
def mass_results() -> None:
    """Read what became of mass messages."""
    _answer("scrm.mass_results")


@shared_task(name="scrm.refresh_customers")
def refresh_customers() -> None:
    """Read again from WeCom what callbacks named."""
    _answer("scrm.refresh_customers")


@shared_task(name="scrm.sync")
def sync() -> None:
    """Go on with running synchronisations."""
    _answer("scrm.sync")


@shared_task(name="scrm.jobs")
def jobs() -> None:
    """Go on with what people asked for."""
    _answer("scrm.jobs")


@shared_task(name="scrm.fold_figures")
def fold_figures() -> None:
    """Fold what is new into the dashboard's facts."""
    _answer("scrm.fold_figures")


@shared_task(name="scrm.push_channel_codes")
def push_channel_codes() -> None:
    """Bring channel codes to WeCom."""
    _answer("scrm.push_channel_codes")


@shared_task(name="scrm.maintain")
def maintain() -> None:
    """Do the minute's housekeeping."""
    _answer("scrm.maintain")


@shared_task(name="scrm.start_sweep")
def start_sweep() -> None:
    """Begin the nightly reconciliation."""
    _answer("scrm.start_sweep")
