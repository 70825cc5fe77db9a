"""The verdict on storms of touches, in numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.chaos.touch_oracle import Findings

# Reliability's bar: from the kill of a worker to the end of the calls in its hands.
ORPHAN_SECONDS: Final = 90.0


@dataclass
class TouchVerdict:
    """What one storm has done, and what was wrong afterwards.

    Attributes:
        faults: Of processes and servers, by kind.
        api_faults: How many calls WeCom answered wrongly, or not.
        orphan_seconds: How long each call whose worker was killed took to come to an end.
        logs: Where the logs were kept, if something was wrong.
    """

    seed: int
    findings: Findings
    faults: Counter[str]
    api_faults: int
    people: dict[str, int]
    lease: str
    orphan_seconds: list[float] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    logs: Path | None = None
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        """Everything that must not be."""
        return [*self.findings.problems, *self.unresolved]


def told(verdicts: Sequence[TouchVerdict]) -> dict[str, Any]:
    """Return several storms together as one row of numbers."""
    findings = [verdict.findings for verdict in verdicts]
    faults = sum((verdict.faults for verdict in verdicts), Counter[str]())
    orphans = [seconds for verdict in verdicts for seconds in verdict.orphan_seconds]
    return {
        "seeds": [verdict.seed for verdict in verdicts],
        "touches": sum(one.touches for one in findings),
        "arrived": sum(one.arrived for one in findings),
        "dispatches": sum(one.dispatches for one in findings),
        "faults": faults.total(),
        "faults_by_kind": dict(sorted(faults.items())),
        "api_faults": sum(verdict.api_faults for verdict in verdicts),
        "lost": sum(len(one.lost) for one in findings),
        "doubled": sum(len(one.doubled) for one in findings),
        "unknown": sum(one.unknown for one in findings),
        "without_reason": sum(len(one.without_reason) for one in findings),
        "cap_overruns": sum(len(one.cap_overruns) for one in findings),
        "after_exit": sum(len(one.after_exit) for one in findings),
        "wrong": sum(len(one.wrong) for one in findings),
        "orphans": len(orphans),
        "orphan_p50": percentile(orphans, 0.50),
        "orphan_p95": percentile(orphans, 0.95),
        "orphan_max": percentile(orphans, 1.0),
        "orphans_over_90_s": sum(seconds > ORPHAN_SECONDS for seconds in orphans),
        "leases": sorted({verdict.lease for verdict in verdicts}),
        "seconds": round(sum(verdict.seconds for verdict in verdicts)),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of them lies; 0 when there are none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0
