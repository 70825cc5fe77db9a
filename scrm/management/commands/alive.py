"""`manage.py alive NAME`: has this process shown life lately? For container health checks."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import heartbeat


class Command(BaseCommand):
    """Exit with 0 if the process wrote a heartbeat lately, with 1 if not."""

    help = (
        "Check the heartbeat of a process (worker-welcome, worker-fast, worker-bulk, beat, pump)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which process."""
        parser.add_argument("process")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare its last heartbeat with the limit."""
        age = heartbeat.ages().get(options["process"])
        if age is None:
            raise CommandError(f"{options['process']} has never shown life")
        if age > timedelta(seconds=heartbeat.FRESH_SECONDS):
            raise CommandError(
                f"{options['process']} was last seen {age.total_seconds():.0f} s ago"
            )
        self.stdout.write(f"{options['process']} is alive")
