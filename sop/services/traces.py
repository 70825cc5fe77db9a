"""Writing the step log (步骤日志)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common import sql

_LOG = """
INSERT INTO sop_steplog (logged_at, kind, journey_id, run_id, identity_id, event_id, reason, path)
SELECT %(now)s, kind, journey_id, run_id, identity_id, event_id, left(reason, 300), path
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
       kind text, journey_id bigint, run_id bigint, identity_id bigint, event_id bigint,
       reason text, path jsonb)
"""


@dataclass(frozen=True, slots=True)
class Trace:
    """One row of the step log to be written."""

    kind: str
    journey_id: int
    identity_id: int
    run_id: int | None = None
    event_id: int | None = None
    reason: str = ""
    path: list[dict[str, Any]] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        """Return the row as it is written."""
        return {
            "kind": self.kind,
            "journey_id": self.journey_id,
            "identity_id": self.identity_id,
            "run_id": self.run_id,
            "event_id": self.event_id,
            "reason": self.reason,
            "path": self.path,
        }


def write_traces(traces: Sequence[Trace], *, now: datetime) -> None:
    """Write rows of the step log, in the caller's transaction and in one statement."""
    if traces:
        rows = sql.json_rows([trace.as_row() for trace in traces])
        sql.execute(_LOG, {"rows": rows, "now": now})
