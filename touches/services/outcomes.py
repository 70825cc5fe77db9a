"""What an answer of WeCom means for a dispatch (结果判定): pure functions, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from touches.models import Dispatch
from touches.services.policies import MAX_ATTEMPTS, POLICIES, KindPolicy, backoff_seconds
from wecom import errors

State: Final = Dispatch.State


@dataclass(frozen=True, slots=True)
class Claimed:
    """A dispatch in our hands: what was read when its lease began, all times as of then.

    Attributes:
        token: The fence; nothing is written later unless the row still carries it.
        attempts: This try included.
        ambiguous_rounds: Tries before this one that may have been executed.
        age_seconds: Since the first try, by the database's clock.
        claimed_ticks: Monotonic reading from before the claim.
    """

    id: UUID
    kind: str
    app_id: int
    payload: str
    token: int
    attempts: int
    ambiguous_rounds: int
    age_seconds: float
    deadline_at: datetime | None
    claimed_ticks: float

    @property
    def policy(self) -> KindPolicy:
        """The rules of its kind."""
        return POLICIES[self.kind]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a dispatch after a try, or instead of one.

    Attributes:
        delay_seconds: Until it is due again (business time).
        settle_seconds: Until it may be looked at again (database clock), after an unclear try.
        is_ambiguous: This try may have been executed.
        counts: Whether the try counts towards the cap of attempts.
    """

    state: str
    reason: str = ""
    wecom_ref: str = ""
    delay_seconds: float = 0.0
    settle_seconds: float = 0.0
    is_ambiguous: bool = False
    counts: bool = True

    @classmethod
    def done(cls, wecom_ref: str) -> Self:
        """WeCom accepted it."""
        return cls(State.DONE, wecom_ref=wecom_ref)


def before_sending(
    claimed: Claimed, *, now: datetime, elapsed_seconds: float, start_within_seconds: float
) -> Outcome | None:
    """Decide whether the call may still be made; None means yes.

    Args:
        now: Business time.
        elapsed_seconds: Since the claim, by the monotonic clock.
        start_within_seconds: A call that begins later could outlive its lease.
    """
    if elapsed_seconds > start_within_seconds:
        return Outcome(State.PENDING, reason="too late inside its lease", counts=False)
    if claimed.deadline_at is not None and now >= claimed.deadline_at:
        return _past_deadline(claimed, is_ambiguous=False)
    if claimed.ambiguous_rounds and not _may_repeat(claimed, elapsed_seconds):
        return _give_to_people(claimed, "the first try is too old to be repeated safely")
    return None


def after_error(claimed: Claimed, error: BaseException, *, now: datetime) -> Outcome:
    """Sort a failed try into its outcome; an exception that is no WeCom error is ambiguous."""
    reason = f"{type(error).__name__}: {error}"
    match error:
        case errors.RateLimited():
            return _again(claimed, reason, error.retry_after_seconds, now=now, counts=False)
        case errors.Transient():
            return _again(claimed, reason, error.retry_after_seconds, now=now)
        case errors.Misconfigured() if not claimed.policy.is_best_effort:
            return Outcome(State.DEAD, reason=reason)
        case errors.Permanent():
            return _refused(claimed, error, reason)
        case _:
            return _unclear(claimed, reason, now=now)


def after_lost_lease(*, kind: str, attempts: int, ambiguous_rounds: int) -> Outcome:
    """Decide what becomes of a dispatch whose worker never came back."""
    policy = POLICIES[kind]
    reason = "its worker did not come back"
    if ambiguous_rounds + 1 >= policy.max_ambiguous_rounds or attempts >= MAX_ATTEMPTS:
        return Outcome(_final_doubt(policy), reason=reason, is_ambiguous=True)
    return Outcome(
        State.PENDING,
        reason=reason,
        is_ambiguous=True,
        settle_seconds=policy.wait_when_ambiguous,
    )


def _may_repeat(claimed: Claimed, elapsed_seconds: float) -> bool:
    limit = claimed.policy.repeat_within_seconds
    return limit is None or claimed.age_seconds + elapsed_seconds < limit


def _again(
    claimed: Claimed, reason: str, at_least_seconds: float, *, now: datetime, counts: bool = True
) -> Outcome:
    """Try again later: surely nothing was executed this time."""
    if counts and claimed.attempts >= MAX_ATTEMPTS:
        if claimed.ambiguous_rounds:
            return _give_to_people(claimed, reason)
        state = State.REFUSED if claimed.policy.is_best_effort else State.DEAD
        return Outcome(state, reason=reason)
    delay = max(at_least_seconds, backoff_seconds(claimed.policy, claimed.attempts))
    if _is_past(claimed, now, delay):
        return _past_deadline(claimed, is_ambiguous=False, reason=reason)
    return Outcome(State.PENDING, reason=reason, delay_seconds=delay, counts=counts)


def _unclear(claimed: Claimed, reason: str, *, now: datetime) -> Outcome:
    """This try may have been executed: wait, then repeat only what may be repeated."""
    policy = claimed.policy
    rounds = claimed.ambiguous_rounds + 1
    if rounds >= policy.max_ambiguous_rounds or claimed.attempts >= MAX_ATTEMPTS:
        return Outcome(_final_doubt(policy), reason=reason, is_ambiguous=True)
    settle = policy.wait_when_ambiguous
    if _is_past(claimed, now, settle):
        return _past_deadline(claimed, is_ambiguous=True, reason=reason)
    return Outcome(State.PENDING, reason=reason, settle_seconds=settle, is_ambiguous=True)


def _refused(claimed: Claimed, error: errors.Permanent, reason: str) -> Outcome:
    """WeCom will not do it; with an unclear try before, nobody knows which of the two was heard."""
    if claimed.ambiguous_rounds and isinstance(error, claimed.policy.proof_of_arrival):
        return Outcome(State.DONE, reason=reason)
    if claimed.ambiguous_rounds and not claimed.policy.is_idempotent:
        return _give_to_people(claimed, reason)
    if isinstance(error, errors.WelcomeExpired):
        return Outcome(State.EXPIRED, reason=reason)
    return Outcome(State.REFUSED, reason=reason)


def _past_deadline(claimed: Claimed, *, is_ambiguous: bool, reason: str = "") -> Outcome:
    in_doubt = is_ambiguous or claimed.ambiguous_rounds > 0
    state = _final_doubt(claimed.policy) if in_doubt else State.EXPIRED
    text = f"deadline passed; {reason}" if reason else "deadline passed"
    return Outcome(state, reason=text, is_ambiguous=is_ambiguous)


def _give_to_people(claimed: Claimed, reason: str) -> Outcome:
    return Outcome(_final_doubt(claimed.policy), reason=reason)


def _final_doubt(policy: KindPolicy) -> str:
    return State.REFUSED if policy.is_best_effort else State.UNKNOWN


def _is_past(claimed: Claimed, now: datetime, delay_seconds: float) -> bool:
    later = now + timedelta(seconds=delay_seconds)
    return claimed.deadline_at is not None and later >= claimed.deadline_at
