"""Planted bugs (预埋缺陷): faults that people really make; the histories must find every one.

A bug is one replacement in one file; `hunting` plays histories against a copy that has it. Where
the product decides in SQL, its twin in memory is patched; `test_conformance` patches the statements
themselves.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# How many histories a bug may hide for.
WITHIN = 3_000


@dataclass(frozen=True, slots=True)
class Planted:
    """One bug.

    Attributes:
        breaks: What goes wrong with it.
        found_as: The word that the oracle's sentence begins with.
        profile: The kind of world in which it does its harm.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    found_as: tuple[str, ...]
    profile: str = "lawful"


_OUTCOMES = "touches/services/outcomes.py"
_TRYING = "touches/services/trying.py"
_RECONCILING = "touches/services/reconciling.py"
_ADVANCING = "sop/program/advancing.py"
_MEMORY = "tests/sim/memory.py"

BUGS = (
    Planted(
        "no fence on settle",
        _MEMORY,
        'd.state == "sending" and d.token == verdict.token',
        'd.state == "sending"',
        "who lost the lease writes over who holds it now",
        ("fence", "untrue", "lost"),
    ),
    Planted(
        "no lease deadline",
        _OUTCOMES,
        "        return Outcome(State.PENDING, reason=TOO_LATE, counts=False)\n"
        "    if claimed.must_be_looked_up:\n        return None",
        "        pass\n    if claimed.must_be_looked_up:\n        return None",
        "a worker that woke late sends what another has sent",
        ("doubled", "overrun"),
    ),
    Planted(
        "ambiguous is retried",
        _OUTCOMES,
        "        case _:\n            return _unclear(claimed, reason, now=now)",
        "        case _:\n            return _again(claimed, reason, 1.0, now=now)",
        "a try that may have been executed is simply repeated",
        ("doubled",),
    ),
    Planted(
        "no look-up before a repetition",
        _OUTCOMES,
        "return self.policy.is_reconciled and self.ambiguous_rounds > 0",
        "return False",
        "what WeCom has already is sent again",
        ("doubled",),
    ),
    Planted(
        "the look-up takes any message of equal text",
        _RECONCILING,
        "    if any(result.external_userid not in wanted.customers for result in results):\n"
        "        return False\n",
        "",
        "a call believes that another call's message is its own",
        ("lost", "doubled", "untrue"),
    ),
    Planted(
        "the reaper believes nothing was sent",
        _OUTCOMES,
        "        reason=reason,\n        is_ambiguous=True,\n"
        "        settle_seconds=policy.wait_when_ambiguous,\n",
        "        reason=reason,\n        settle_seconds=policy.wait_when_ambiguous,\n",
        "the call of a dead worker is repeated without a question",
        ("doubled", "untrue"),
    ),
    Planted(
        "one guess more",
        _OUTCOMES,
        "claimed.ambiguous_rounds >= claimed.policy.max_ambiguous_rounds:",
        "claimed.ambiguous_rounds > claimed.policy.max_ambiguous_rounds:",
        "a mass message is sent again although the list may lag",
        ("doubled", "guess"),
        "slow",
    ),
    Planted(
        "41051 after a doubt is a refusal",
        _OUTCOMES,
        "    if claimed.ambiguous_rounds and not claimed.policy.is_idempotent:\n"
        "        return _give_to_people(claimed, reason)\n",
        "",
        "a welcome that arrived is called refused",
        ("untrue",),
    ),
    Planted(
        "a closed window counts as a try",
        _OUTCOMES,
        "return _again(claimed, reason, error.retry_after_seconds, now=now, counts=False)",
        "return _again(claimed, reason, error.retry_after_seconds, now=now)",
        "45009 for an hour gives up on calls that nobody refused",
        ("given up",),
    ),
    Planted(
        "a cancellation while sending is forgotten",
        _MEMORY,
        'if wanted != "pending" or not d.is_cancel_wanted:',
        'if wanted != "pending" or not d.is_cancel_wanted or not rounds:',
        "what was under way when it was withdrawn is sent again",
        ("recalled",),
    ),
    Planted(
        "the deadline is ignored",
        _OUTCOMES,
        "    if claimed.deadline_at is not None and now >= claimed.deadline_at:\n"
        "        return _past_deadline(claimed, is_ambiguous=False)\n    if claimed",
        "    if claimed",
        "a message is sent after its time",
        ("late",),
    ),
    Planted(
        "the duplicate check is trusted for ever",
        _OUTCOMES,
        "    return limit is None or claimed.age_seconds + elapsed_seconds < limit",
        "    return True",
        "half an hour later WeCom no longer knows the message to be the same",
        ("doubled",),
    ),
    Planted(
        "a claim keeps the old token",
        _MEMORY,
        "        d.token += 1\n",
        "        d.token += not d.token\n",
        "two workers hold the same fence",
        ("fence", "lost", "doubled"),
    ),
    Planted(
        "an exit leaves its touches",
        "tests/sim/journeys.py",
        "        for run in gone:\n            self._withdraw(run, now)\n",
        "",
        "who has bought is still written to",
        ("exit",),
    ),
    Planted(
        "a woken run does not know it",
        _ADVANCING,
        "is_met = run.woken_by is not None or (",
        "is_met = (",
        "the event came and the run goes the way of the time-out",
        ("asleep",),
    ),
    Planted(
        "a time-out never comes",
        _ADVANCING,
        "if not is_met and run.timeout_at is not None and now < run.timeout_at:",
        "if not is_met and run.timeout_at is not None:",
        "a run waits for ever",
        ("livelock", "stuck"),
    ),
    Planted(
        "the control group is touched",
        _ADVANCING,
        "is_held_out = run.is_control and step.purpose not in NEVER_HELD_OUT",
        "is_held_out = False",
        "there is nobody left to compare with",
        ("control",),
    ),
    Planted(
        "arms are drawn anew",
        _ADVANCING,
        "arm = next((arm for arm in step.arms if arm.label == known), None)",
        'arm = _drawn(step, lot(f"{run.salt}{run.id}", facts.uid, step.id))',
        "a customer is in both arms of an experiment",
        ("arm",),
    ),
    Planted(
        "an unknown touch is passed",
        _ADVANCING,
        "if facts.has_unknown_touch and not run.is_control:",
        "if False:",
        "a run goes on as if its message had arrived",
        ("passed",),
    ),
    Planted(
        "exits are heard only before the first step",
        "sop/program/reacting.py",
        "rule = _exit(program, event) if run.is_active else None",
        "rule = _exit(program, event) if run.is_active and not run.step else None",
        "a run that waits does not hear that its customer has bought",
        ("exit",),
    ),
)


def text_with(bug: Planted) -> str:
    """Return the text of the file with the bug in it.

    Raises:
        ValueError: its place is not there exactly once.
    """
    text = (ROOT / bug.file).read_text(encoding="utf-8")
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.name}: its place is there {text.count(bug.old)} times")
    return text.replace(bug.old, bug.new)
