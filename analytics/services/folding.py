"""Folding facts (归集): from the ledger and the effect log, each number once.

1. Take the row that says how far a source is folded; whoever finds it taken goes away.
2. Ask up to which number the source has settled: below it no row can appear any more.
3. Fold the next range of numbers and note its end, in one transaction. A crash repeats the range
   or nothing.

What is folded is right whatever order things were told in (`spans`, `activities`, `touch_days`).
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from analytics.errors import FiguresAreBusy
from analytics.models import FoldPoint
from analytics.services.activities import fold_activities, rebuild_activities
from analytics.services.settled import effect_writers, have_ended, last_effect_id
from analytics.services.spans import fold_spans, rebuild_spans
from analytics.services.touch_days import fold_touch_days, rebuild_touch_days
from customers.selectors.feed import last_settled_event_id

LEDGER_ROWS: Final = 2_000
EFFECT_ROWS: Final = 20_000
# A rebuild waits so long for those who write effects.
REBUILD_WAIT_SECONDS: Final = 60.0

Source = FoldPoint.Source


def fold_figures(*, now: datetime, budget_seconds: float) -> int:
    """Fold what is new into the facts (归集看板数据); returns how many numbers were passed.

    One transaction a range; one process at a time a source. What is left when the budget is used
    is folded next time.
    """
    deadline = time.monotonic() + budget_seconds
    count = 0
    for source in Source:
        _fold, rows = _FOLDS[source]
        while True:
            passed = _fold_range(source, now=now)
            count += passed
            # Less than a whole range is all that there was: what has come since waits for the next
            # call, else a steady trickle would be folded drop by drop, without a rest.
            if passed < rows or time.monotonic() >= deadline:
                break
    return count


def rebuild_figures(*, now: datetime) -> None:
    """Empty all facts and make them anew (重建看板数据), in one transaction.

    Raises:
        FiguresAreBusy: another process is folding, or somebody writes effects for very long.
    """
    with transaction.atomic():
        ledger, touches = (_take(source) for source in Source)
        if ledger is None or touches is None:
            raise FiguresAreBusy
        settled = last_settled_event_id()
        effects, writers = last_effect_id(), effect_writers()
        if not have_ended(writers, wait_seconds=REBUILD_WAIT_SECONDS):
            raise FiguresAreBusy
        rebuild_spans()
        rebuild_activities()
        rebuild_touch_days(effects)
        for point, position in ((ledger, settled), (touches, effects)):
            _note(point, position=position, ahead=position, writers=[], folded_at=now)


def _fold_range(source: Source, *, now: datetime) -> int:
    """Fold the next range of a source; returns how many numbers it has, 0 when there is none."""
    with transaction.atomic():
        point = _take(source)
        if point is None:
            return 0
        _LOOK_AHEAD[source](point, now)
        if point.writers or point.ahead <= point.position:
            return 0
        fold, rows = _FOLDS[source]
        until = min(point.position + rows, point.ahead)
        fold({"after": point.position, "until": until})
        is_through = until == point.ahead
        count = until - point.position
        _note(point, position=until, folded_at=point.ahead_at if is_through else point.folded_at)
        return count


def _take(source: Source) -> FoldPoint | None:
    """Return the row of a source, held until the transaction ends; None when somebody has it."""
    FoldPoint.objects.get_or_create(source=source)
    return FoldPoint.objects.select_for_update(skip_locked=True).filter(source=source).first()


def _look_into_ledger(point: FoldPoint, now: datetime) -> None:
    """Note up to where the ledger can be folded."""
    settled = max(last_settled_event_id(), 0)
    if settled <= point.position:
        _note(point, folded_at=now)
    else:
        _note(point, ahead=settled, ahead_at=now)


def _look_into_effects(point: FoldPoint, now: datetime) -> None:
    """Note up to where effects can be folded; who still writes is waited for, else next time."""
    if point.ahead <= point.position:
        ahead = last_effect_id()
        if ahead <= point.position:
            _note(point, folded_at=now)
            return
        _note(point, ahead=ahead, ahead_at=now, writers=sorted(effect_writers()))
    if point.writers and have_ended(set(point.writers)):
        _note(point, writers=[])


def _note(point: FoldPoint, **values: object) -> None:
    for name, value in values.items():
        setattr(point, name, value)
    point.save(update_fields=list(values))


def _fold_ledger(bounds: dict[str, int]) -> None:
    fold_spans(bounds)
    fold_activities(bounds)


_LOOK_AHEAD: Final[Mapping[Source, Callable[[FoldPoint, datetime], None]]] = {
    Source.LEDGER: _look_into_ledger,
    Source.TOUCHES: _look_into_effects,
}
_FOLDS: Final[Mapping[Source, tuple[Callable[[dict[str, int]], None], int]]] = {
    Source.LEDGER: (_fold_ledger, LEDGER_ROWS),
    Source.TOUCHES: (fold_touch_days, EFFECT_ROWS),
}
