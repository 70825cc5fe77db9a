"""`manage.py rebuild`: fold the ledger again."""

from typing import Any

from django.core.management.base import BaseCommand

from analytics.services.folding import rebuild_figures
from common import clock
from customers.services.rebuild import rebuild_all


class Command(BaseCommand):
    """Empty everything derived from the ledger and fold it again; the result is the same."""

    help = (
        "Rebuild profiles, friendships, group presences and stage changes from the event ledger, "
        "and the facts of the dashboard."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run in one transaction each; the dispatcher waits during the first."""

        def tell(count: int) -> None:
            self.stdout.write(f"{count:,} events")

        total = rebuild_all(now=clock.now(), progress=tell)
        rebuild_figures(now=clock.now())
        self.stdout.write(self.style.SUCCESS(f"rebuilt from {total:,} events"))
