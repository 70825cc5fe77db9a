"""`manage.py demo-story`: play the loop once against the sandbox and tell each step."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scrm.demo.phone import StoryBroken
from scrm.demo.story import play
from scrm.demo.world import NoSandbox


class Command(BaseCommand):
    """Scan → unified customer → welcome → tags → task → reading → alert, with times."""

    help = "Play the demo story against the running sandbox and print each step with its time."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--name", default="小满和她的猫", help="the new customer's nickname")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the steps as they happen."""
        self.stdout.write(self.style.MIGRATE_HEADING("演示故事 / the loop, once round"))
        try:
            for number, step in enumerate(play(name=options["name"]), 1):
                self.stdout.write(f"{number}. +{step.seconds:6.2f} s  {step.title}  {step.detail}")
        except (StoryBroken, NoSandbox) as error:
            raise CommandError(f"the story stopped: {error}") from error
        self.stdout.write(self.style.SUCCESS("闭环完成 / the loop is closed"))
