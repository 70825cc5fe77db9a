"""How each kind of call may be repeated (重试规则): reliability's table of idempotency, as data."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from touches.models import Dispatch
from wecom.errors import CardExpired, WeComError

MAX_ATTEMPTS: Final = 8
BACKOFF_CAP_SECONDS: Final = 3_600
# message/send is checked for duplicates over 1,800 s; we stop repeating a minute earlier.
DUPLICATE_CHECK_SECONDS: Final = 1_800
REPEAT_MARGIN_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """The rules of one kind.

    Attributes:
        max_ambiguous_rounds: After so many tries of unknown fate the call goes to people.
        repeat_within_seconds: How long after the first try WeCom itself sees a repetition as the
            same call; None where that never ends.
        settle_seconds: Wait after a try of unknown fate; None = the deployment's setting.
        backoff_base: Seconds double, quadruple … from one with each attempt.
        proof_of_arrival: Refusals which, after a try of unknown fate, say that it was executed: a
            card's number that is taken, a response code that is used.
        is_idempotent: By content: an earlier try of unknown fate changes nothing any more.
        is_best_effort: Nobody has to look at a failure.
        is_reconciled: After a try of unknown fate WeCom is asked what it has before anything is
            repeated; only what it does not have is sent again.
        lease_factor: How many usual leases one try may take.
    """

    max_ambiguous_rounds: int
    repeat_within_seconds: int | None = None
    settle_seconds: float | None = None
    backoff_base: int = 4
    proof_of_arrival: tuple[type[WeComError], ...] = ()
    is_idempotent: bool = False
    is_best_effort: bool = False
    is_reconciled: bool = False
    lease_factor: int = 1

    @property
    def wait_when_ambiguous(self) -> float:
        """Seconds before a try of unknown fate is looked at again."""
        if self.settle_seconds is None:
            return float(settings.DISPATCH_SETTLE_SECONDS)
        return self.settle_seconds

    @property
    def lease_seconds(self) -> float:
        """How long a claimed call belongs to its worker."""
        return float(settings.DISPATCH_LEASE_SECONDS) * self.lease_factor


_KINDS: Final = Dispatch.Kind
POLICIES: Final[dict[str, KindPolicy]] = {
    # The code works once, so a second success is impossible; 20 s leave no time to wait.
    _KINDS.WELCOME: KindPolicy(max_ambiguous_rounds=4, settle_seconds=1.0, backoff_base=2),
    # The same bytes inside the duplicate check arrive once.
    _KINDS.STAFF_MESSAGE: KindPolicy(
        max_ambiguous_rounds=4,
        repeat_within_seconds=DUPLICATE_CHECK_SECONDS - REPEAT_MARGIN_SECONDS,
        proof_of_arrival=(CardExpired,),
    ),
    # The response code works once.
    _KINDS.CARD_UPDATE: KindPolicy(
        max_ambiguous_rounds=2, is_best_effort=True, proof_of_arrival=(CardExpired,)
    ),
    _KINDS.MARK_TAG: KindPolicy(max_ambiguous_rounds=8, settle_seconds=2.0, is_idempotent=True),
    _KINDS.REMARK: KindPolicy(max_ambiguous_rounds=8, settle_seconds=2.0, is_idempotent=True),
    # Nothing at WeCom keeps a second one away: it is looked for, and sent again once, or as the
    # deployment says. Looking may take as long as sending, hence two leases.
    _KINDS.MASS_MESSAGE: KindPolicy(
        max_ambiguous_rounds=1 + settings.DISPATCH_MASS_RESENDS,
        is_reconciled=True,
        lease_factor=2,
    ),
    # What is stopped stays stopped.
    _KINDS.MASS_CANCEL: KindPolicy(max_ambiguous_rounds=8, settle_seconds=2.0, is_idempotent=True),
    # A second nudge does little harm, a third is not worth it.
    _KINDS.MASS_REMIND: KindPolicy(max_ambiguous_rounds=2, is_best_effort=True),
}
RECONCILED_KINDS: Final = tuple(kind for kind, policy in POLICIES.items() if policy.is_reconciled)


def backoff_seconds(policy: KindPolicy, attempts: int) -> float:
    """Return how long to wait after so many attempts: from one second up to an hour."""
    return float(min(policy.backoff_base ** max(attempts - 1, 0), BACKOFF_CAP_SECONDS))
