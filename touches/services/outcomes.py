"""What an answer of WeCom means for a dispatch (结果判定): pure functions, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

from touches.models import Dispatch
from touches.services.policies import MAX_ATTEMPTS, POLICIES, KindPolicy, backoff_seconds
from wecom import errors

State: Final = Dispatch.State
TOO_LATE: Final = "too late inside its lease"


@dataclass(frozen=True, slots=True)
class Reply:
    """What WeCom said to a call that it took.

    Attributes:
        wecom_ref: Its number of the message, '' where it gives none.
        response_code: With which the card that was sent can be changed, once.
        unreachable_ids: Customers among the recipients whom it will not reach.
    """

    wecom_ref: str = ""
    response_code: str = ""
    unreachable_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A dispatch in our hands: what was read when its lease began, all times as of then.

    Attributes:
        token: The fence; nothing is written later unless the row still carries it.
        attempts: This try included.
        ambiguous_rounds: Tries before this one that may have been executed.
        age_seconds: Since the first try, by the database's clock.
        first_tried_at: Business time of the first try; only of kinds that are reconciled.
        is_cancel_wanted: It is to be sent no more, only its fate is to be found out.
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
    first_tried_at: datetime | None = None
    is_cancel_wanted: bool = False

    @property
    def policy(self) -> KindPolicy:
        """The rules of its kind."""
        return POLICIES[self.kind]

    @property
    def must_be_looked_up(self) -> bool:
        """Whether WeCom has to be asked what it has, before anything is sent."""
        return self.policy.is_reconciled and self.ambiguous_rounds > 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a dispatch after a try, or instead of one.

    Attributes:
        delay_seconds: Until it is due again (business time).
        settle_seconds: Until it may be looked at again (database clock), after an unclear try.
        is_ambiguous: This try may have been executed.
        counts: Whether the try counts towards the cap of attempts.
        is_found: WeCom had it already, from a try whose answer was lost.
    """

    state: str
    reason: str = ""
    wecom_ref: str = ""
    delay_seconds: float = 0.0
    settle_seconds: float = 0.0
    is_ambiguous: bool = False
    counts: bool = True
    response_code: str = ""
    unreachable_ids: tuple[str, ...] = ()
    is_found: bool = False

    @classmethod
    def done(cls, reply: Reply, *, is_found: bool = False) -> Self:
        """WeCom accepted it."""
        return cls(
            State.DONE,
            wecom_ref=reply.wecom_ref,
            response_code=reply.response_code,
            unreachable_ids=reply.unreachable_ids,
            is_found=is_found,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome for one dispatch, valid only under the token it was claimed with."""

    dispatch_id: UUID
    token: int
    outcome: Outcome


def before_sending(
    claimed: Claimed, *, now: datetime, elapsed_seconds: float, start_within_seconds: float
) -> Outcome | None:
    """Decide whether the call may still be made; None means yes.

    A call whose fate is to be looked up may always be: its deadline is for sending, not for asking.

    Args:
        now: Business time.
        elapsed_seconds: Since the claim, by the monotonic clock.
        start_within_seconds: A call that begins later could outlive its lease.
    """
    if elapsed_seconds > start_within_seconds:
        return Outcome(State.PENDING, reason=TOO_LATE, counts=False)
    if claimed.must_be_looked_up:
        return None
    if claimed.deadline_at is not None and now >= claimed.deadline_at:
        return _past_deadline(claimed, is_ambiguous=False)
    if claimed.ambiguous_rounds and not _may_repeat(claimed, elapsed_seconds):
        return _give_to_people(claimed, "the first try is too old to be repeated safely")
    return None


def after_look_up(
    claimed: Claimed,
    found: Reply | None,
    *,
    now: datetime,
    elapsed_seconds: float,
    start_within_seconds: float,
) -> Outcome | None:
    """Decide what follows from what WeCom has; None means: it has nothing, send it (again).

    That it has nothing is believed once, after the wait that follows a try of unknown fate. After
    a second such try nobody guesses a third time.

    Args:
        found: What WeCom has of this call; None = nothing.
    """
    if found is not None:
        return Outcome.done(found, is_found=True)
    if claimed.ambiguous_rounds >= claimed.policy.max_ambiguous_rounds:
        return _give_to_people(claimed, "WeCom shows nothing, after two tries of unknown fate")
    if claimed.is_cancel_wanted:
        return Outcome(State.CANCELLED, reason="WeCom shows nothing; withdrawn")
    if claimed.deadline_at is not None and now >= claimed.deadline_at:
        return Outcome(State.EXPIRED, reason="WeCom shows nothing; deadline passed")
    if elapsed_seconds > start_within_seconds:
        return Outcome(State.PENDING, reason=TOO_LATE, counts=False)
    return None


def after_failed_look_up(claimed: Claimed, error: BaseException) -> Outcome:
    """Decide what follows when WeCom could not be asked: nothing was sent, so ask again later."""
    reason = f"look-up: {type(error).__name__}: {error}"
    counts = not isinstance(error, errors.RateLimited)
    if isinstance(error, errors.Misconfigured):
        return Outcome(State.DEAD, reason=reason)
    if isinstance(error, errors.Permanent) or (counts and claimed.attempts >= MAX_ATTEMPTS):
        return _give_to_people(claimed, reason)
    at_least = error.retry_after_seconds if isinstance(error, errors.WeComError) else 0.0
    delay = max(at_least, backoff_seconds(claimed.policy, claimed.attempts))
    return Outcome(State.PENDING, reason=reason, delay_seconds=delay, counts=counts)


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
    if _ends_in_doubt(policy, ambiguous_rounds + 1, attempts):
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
    if not claimed.must_be_looked_up and _is_past(claimed, now, delay):
        return _past_deadline(claimed, is_ambiguous=False, reason=reason)
    return Outcome(State.PENDING, reason=reason, delay_seconds=delay, counts=counts)


def _unclear(claimed: Claimed, reason: str, *, now: datetime) -> Outcome:
    """This try may have been executed: wait, then repeat only what may be repeated."""
    policy = claimed.policy
    if _ends_in_doubt(policy, claimed.ambiguous_rounds + 1, claimed.attempts):
        return Outcome(_final_doubt(policy), reason=reason, is_ambiguous=True)
    settle = policy.wait_when_ambiguous
    if not policy.is_reconciled and _is_past(claimed, now, settle):
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


def _ends_in_doubt(policy: KindPolicy, rounds: int, attempts: int) -> bool:
    """Whether so many tries of unknown fate are enough; what can be looked up is, first."""
    if attempts >= MAX_ATTEMPTS:
        return True
    return rounds >= policy.max_ambiguous_rounds and not policy.is_reconciled


def _final_doubt(policy: KindPolicy) -> str:
    return State.REFUSED if policy.is_best_effort else State.UNKNOWN


def _is_past(claimed: Claimed, now: datetime, delay_seconds: float) -> bool:
    later = now + timedelta(seconds=delay_seconds)
    return claimed.deadline_at is not None and later >= claimed.deadline_at
