"""`manage.py seed`: fill a fresh deployment with the demo company."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext_noop

from common import clock, sql
from customers.services.dispatcher import dispatch_due
from org.models import Job
from scrm.demo import world
from scrm.demo.accounts import make_accounts
from scrm.demo.codes import adopt_codes, make_story_code
from scrm.demo.company import company_facts, connect_corp, publish_articles, synchronise
from scrm.demo.history import import_page
from scrm.demo.journeys import let_staff_confirm, publish_journeys
from scrm.demo.scripts import write_scripts
from scrm.demo.visits import remember_visits
from scrm.loop import ROUTES


class Command(BaseCommand):
    """Connect the sandbox's corp, read it whole, publish articles, import its past. Repeatable."""

    help = "Fill the database with the demo company of the sandbox (safe to repeat)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument(
            "--history", action="store_true", help="import the past (orders, reads) as well"
        )
        parser.add_argument(
            "--only-history", action="store_true", help="import the past and nothing else"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run step by step; each step is skipped when it was done before."""
        try:
            facts = company_facts()
        except world.NoSandbox as error:
            raise CommandError(str(error)) from error
        corp = connect_corp(facts["name"])
        articles = publish_articles(facts["articles"], now=clock.now())
        if not options["only_history"]:
            self._company(corp, articles)
        if options["history"] or options["only_history"]:
            self._history(corp, articles)

    def _company(self, corp: Any, articles: Any) -> None:
        if not Job.objects.filter(kind="sync", state=Job.State.DONE).exists():
            job = synchronise(corp, tell=self.stdout.write)
            if job.state != Job.State.DONE:
                raise CommandError(f"the synchronisation failed: {job.error}")
            dispatch_due(routes=ROUTES, now=clock.now(), budget_seconds=120)
        make_accounts(corp)
        adopted = adopt_codes(corp, now=clock.now())
        make_story_code(corp, articles["switch-food-7-days"], now=clock.now())
        journeys = publish_journeys(articles, now=clock.now())
        let_staff_confirm()
        write_scripts(now=clock.now())
        self.stdout.write(
            self.style.SUCCESS(
                f"company ready, {adopted} channel codes adopted, {journeys} journeys published"
            )
        )

    def _history(self, corp: Any, articles: Any) -> None:
        job, is_new = Job.objects.get_or_create(
            kind="demo_history",
            defaults={"title": gettext_noop("导入演示历史"), "created_at": clock.now()},
        )
        if not is_new and job.state == Job.State.DONE:
            return
        for events, so_far, total in world.history(after=job.done_count):
            sql.fetch_value(
                "SELECT customers_ensure_event_partitions(%s, %s)",
                [events[0]["occurred_at"][:10], events[-1]["occurred_at"][:10]],
            )
            import_page(events, corp=corp, articles=articles, now=clock.now())
            dispatch_due(routes=ROUTES, now=clock.now(), budget_seconds=60)
            job.done_count, job.total_count = so_far, total
            job.save(update_fields=["done_count", "total_count"])
            self.stdout.write(f"history {so_far:,} of {total:,}")
        visits = remember_visits(corp, now=clock.now())
        self.stdout.write(f"history told, {visits:,} readings")
        job.state, job.finished_at = Job.State.DONE, clock.now()
        job.save(update_fields=["state", "finished_at"])
