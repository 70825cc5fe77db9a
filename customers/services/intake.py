"""Intake (接收): callbacks that were received become facts, events and requests to look again.

1. Claim receipts, those of one customer together and in order (`wecom.services`).
2. Group them by handler (`loop.INTAKE`), keeping their order; run each handler once over its share.
3. Finish the receipts in the same transaction: a crash repeats the whole batch or none of it.
4. A batch that fails is taken one by one; the receipt that cannot be taken in backs off alone. With
   the database away the receipts wait for the end of their lease.

Missing and out-of-order facts are healed by reading the present state from WeCom: every callback on
a customer or group asks for that.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from django.db import transaction

from common.trouble import is_connection_lost
from wecom.events import Event
from wecom.services.claims import ClaimedReceipt, mark_done, mark_failed, pending_receipts

logger = logging.getLogger(__name__)

BATCH_RECEIPTS: Final = 200

Handler: TypeAlias = Callable[..., None]
Handlers: TypeAlias = Mapping[type[Event], Handler]


class ClaimLost(RuntimeError):
    """Another worker took these receipts meanwhile: everything done for them is rolled back."""


def take_in(*, handlers: Handlers, now: datetime, budget_seconds: float) -> int:
    """Take in received callbacks until none is due or the budget is used; returns how many."""
    deadline = time.monotonic() + budget_seconds
    count = 0
    while time.monotonic() < deadline:
        receipts = pending_receipts(limit=BATCH_RECEIPTS, now=now)
        if not receipts:
            break
        _take_batch(receipts, handlers=handlers, now=now)
        count += len(receipts)
    return count


def _take_batch(receipts: Sequence[ClaimedReceipt], *, handlers: Handlers, now: datetime) -> None:
    try:
        _apply(receipts, handlers=handlers, now=now)
    except Exception as error:
        if is_connection_lost(error):
            raise
        if len(receipts) == 1:
            logger.warning("intake_failed", exc_info=True, extra={"receipt": receipts[0].id})
            mark_failed(receipts[0], reason=f"{type(error).__name__}: {error}"[:500], now=now)
            return
        for receipt in receipts:
            _take_batch([receipt], handlers=handlers, now=now)


def _apply(receipts: Sequence[ClaimedReceipt], *, handlers: Handlers, now: datetime) -> None:
    shares: dict[Handler, list[ClaimedReceipt]] = {}
    ignored: list[ClaimedReceipt] = []
    for receipt in receipts:
        handler = handlers.get(type(receipt.event))
        if handler is None:
            ignored.append(receipt)
        else:
            shares.setdefault(handler, []).append(receipt)
    with transaction.atomic():
        finished = 0
        for handler, share in shares.items():
            handler(share, now=now)
            finished += mark_done(share, now=now)
        if ignored:
            finished += mark_done(ignored, now=now, is_ignored=True)
        if finished != len(receipts):
            raise ClaimLost
