"""`manage.py up`: start everything on this machine and keep it running until Ctrl-C."""

import os
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

import embedded
from embedded.ports import require_free
from embedded.supervisor import Supervisor
from scrm.management import programs
from scrm.management.director import Director
from scrm.management.world import save_world, world_file


class Command(BaseCommand):
    """Services, migrations, demo company, processes, story."""

    help = "Start the embedded services, migrate, seed, run all processes, play the story once."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Options for people who have seen the story, and for machines."""
        parser.add_argument("--no-story", action="store_true", help="do not play the story")
        parser.add_argument("--once", action="store_true", help="end when the story has ended")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped; the exit status tells whether the start and the story went well."""
        begun = time.monotonic()
        services = embedded.cluster()
        try:
            require_free(settings.PORT, purpose="web", variable="PORT")
            require_free(settings.SANDBOX_PORT, purpose="sandbox", variable="SANDBOX_PORT")
            started_here = _uses_embedded() and services.start()
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        try:
            call_command("english", compile=True)
            call_command("migrate", verbosity=0)
            connections.close_all()
            failure = self._supervise(
                tell_story=not options["no_story"], stop_after_story=options["once"]
            )
        finally:
            if started_here:
                services.stop()
        if failure:
            raise CommandError(failure)
        self.stdout.write(f"Everything has ended after {time.monotonic() - begun:.0f} s.")

    def _supervise(self, *, tell_story: bool, stop_after_story: bool) -> str | None:
        supervisor = Supervisor(
            [programs.services()] if _uses_embedded() else [],
            before_stop=lambda: save_world(world_file()),
        )
        director = Director(
            supervisor,
            commands=get_commands().keys(),
            tell_story=tell_story,
            stop_after_story=stop_after_story,
        )
        director.begin()
        try:
            supervisor.run()
        finally:
            director.end()
        sys.stdout.flush()
        return director.failure


def _uses_embedded() -> bool:
    """False when both servers are somebody else's."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
