"""`manage.py english`: bring the English of the interface up to date with the sources."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from scrm import translations


class Command(BaseCommand):
    """Read the sources, write the .po, compile it, say what has no English yet."""

    help = "Update locale/en from the sources and compile it; lists what is not translated."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option for images and tests."""
        parser.add_argument(
            "--compile", action="store_true", help="only compile what is already written"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        missing = [] if options["compile"] else translations.update()
        translations.compile_messages()
        for one in missing:
            self.stdout.write(one)
