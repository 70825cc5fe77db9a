"""Differences between our copy and WeCom's word (漂移)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.models import Drift
from wecom.models import Corp


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference that was found and healed."""

    kind: str
    key: str
    detail: Mapping[str, Any]


def save_drift(findings: Sequence[Finding], *, corp: Corp, job_id: int, now: datetime) -> None:
    """Keep what a sweep found, in the caller's transaction."""
    Drift.objects.bulk_create(
        Drift(
            corp=corp,
            job_id=job_id,
            kind=finding.kind,
            key=finding.key[:160],
            detail=dict(finding.detail),
            found_at=now,
        )
        for finding in findings
    )
