"""`manage.py replay`: what stopped for good gets another life after people mended the cause."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from common import clock
from customers.models import QueuedEvent
from customers.services.dispatcher import unpark
from touches.models import Dispatch
from touches.services.sending import replay_dead
from wecom.models import CallbackReceipt
from wecom.services.claims import revive
from wecom.services.receipts import MALFORMED

LISTED_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of stopped work.

    Attributes:
        stopped: All that stopped, newest first.
        columns: What `--list` shows of each; the first is the id.
        replayable: Those of them that `--all` means.
        id_of: Reads an id from the command line; raises ValueError.
        replay: Replays these ids and returns how many.
    """

    stopped: Callable[[], QuerySet[Any]]
    columns: Sequence[str]
    replayable: Callable[[QuerySet[Any]], QuerySet[Any]]
    id_of: Callable[[str], Any]
    replay: Callable[[Sequence[Any], datetime], int]


KINDS: Final[Mapping[str, Kind]] = {
    # Unknown ones are shown and never sent again: perhaps they were executed.
    "dispatches": Kind(
        stopped=lambda: Dispatch.objects.filter(state__in=["unknown", "dead"]).order_by(
            "-created_at"
        ),
        columns=("id", "state", "kind", "created_at", "last_error"),
        replayable=lambda rows: rows.filter(state="dead"),
        id_of=UUID,
        replay=lambda ids, now: replay_dead(ids, actor=f"operator {getpass.getuser()}", now=now),
    ),
    # Malformed ones would die again; those that came too late stay out on purpose.
    "receipts": Kind(
        stopped=lambda: CallbackReceipt.objects.filter(state="dead").order_by("-received_at"),
        columns=("id", "event_kind", "received_at", "last_error"),
        replayable=lambda rows: rows.filter(attempts__gt=0).exclude(event_kind=MALFORMED),
        id_of=int,
        replay=lambda ids, now: revive(ids, now=now),
    ),
    "events": Kind(
        stopped=lambda: QueuedEvent.objects.exclude(parked_at=None).order_by("-id"),
        columns=("event_id", "customer_id", "parked_at", "error"),
        replayable=lambda rows: rows,
        id_of=int,
        replay=lambda ids, _now: unpark(event_ids=ids),
    ),
}


class Command(BaseCommand):
    """List what stopped for good, or put it back to work."""

    help = "Replay dead dispatches, dead receipts or parked events after mending their cause."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to replay."""
        parser.add_argument("kind", nargs="?", choices=list(KINDS))
        parser.add_argument("ids", nargs="*", metavar="id")
        parser.add_argument("--all", action="store_true", help="all of this kind that may be")
        parser.add_argument("--list", action="store_true", help="only show what stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Show or replay."""
        name, texts = options["kind"], options["ids"]
        if options["list"]:
            for one in [name] if name else KINDS:
                self._list(one)
            return
        if name is None or bool(texts) == options["all"]:
            raise CommandError("name a kind and ids, or a kind and --all; --list shows them")
        kind = KINDS[name]
        ids = self._all_of(kind) if options["all"] else self._read(kind, texts)
        count = kind.replay(ids, clock.now()) if ids else 0
        self.stdout.write(f"{count} of {len(ids)} {name} replayed")
        if count < len(ids):
            raise CommandError("the others do not stand still, or must not be repeated")

    def _list(self, name: str) -> None:
        kind = KINDS[name]
        rows = kind.stopped()
        self.stdout.write(f"{name}: {rows.count()}")
        for row in rows.values_list(*kind.columns)[:LISTED_ROWS]:
            self.stdout.write("  " + "  ".join(map(_shown, row)))

    def _all_of(self, kind: Kind) -> list[Any]:
        return list(kind.replayable(kind.stopped()).values_list(kind.columns[0], flat=True))

    def _read(self, kind: Kind, texts: Sequence[str]) -> list[Any]:
        try:
            return [kind.id_of(text) for text in texts]
        except ValueError as error:
            raise CommandError(f"not an id: {error}") from error


def _shown(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S%z}" if isinstance(value, datetime) else str(value)
