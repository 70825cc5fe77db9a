"""Figures of journeys (旅程数字): who came in, who reached the goal, how far people got."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from django.db.models import Count, Q

from common import sql
from org.models import User
from sop.models import Journey, JourneyRun
from sop.selectors.journeys import runs_visible_to

# How far people got is read from the newest runs of a journey: enough to judge by, and soon read.
FLOW_RUNS: Final = 5_000
WAITING: Final = frozenset({"waiting", "held"})

_FLOW: Final = """
SELECT passed.step, passed.outcome, passed.arm, count(DISTINCT run.id)
  FROM unnest(%(runs)s::bigint[], %(identities)s::bigint[], %(since)s::timestamptz[])
       AS run(id, identity_id, entered_at)
  JOIN sop_steplog log
    ON log.identity_id = run.identity_id AND log.journey_id = %(journey)s
   AND log.logged_at >= run.entered_at AND log.run_id = run.id
 CROSS JOIN LATERAL jsonb_to_recordset(log.path) AS passed(step text, outcome text, arm text)
 GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of one group came in, and how many of them reached the goal (目标达成)."""

    entered: int = 0
    reached: int = 0

    @property
    def ratio(self) -> float | None:
        """The share that reached it; None where nobody came in."""
        return self.reached / self.entered if self.entered else None


@dataclass(frozen=True, slots=True)
class JourneyFigures:
    """Runs of one journey in the viewer's scope (旅程数字).

    Attributes:
        active: On their way now.
        parked: Stopped by an error, waiting for people.
        treated, control: All that ever came in, by group.
    """

    active: int = 0
    parked: int = 0
    treated: Reached = field(default_factory=Reached)
    control: Reached = field(default_factory=Reached)

    @property
    def entered(self) -> int:
        """All that ever came in."""
        return self.treated.entered + self.control.entered


@dataclass(frozen=True, slots=True)
class StepFlow:
    """How many runs passed a step (已通过), and how it went for them.

    Attributes:
        outcomes: Runs by outcome, such as `planned` or `skipped`.
        arms: Runs by the arm that they took; "" for none of them.
    """

    passed: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    arms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """How people went through a journey (流量).

    Attributes:
        entered: The runs that were looked at.
        is_cut: There are older runs that were not.
    """

    entered: int
    is_cut: bool
    steps: Mapping[str, StepFlow]


def figures_of(viewer: User, journeys: Iterable[Journey]) -> dict[int, JourneyFigures]:
    """Return the figures of journeys in the viewer's scope: one statement, over all their runs."""
    runs = runs_visible_to(viewer).filter(journey_id__in=[journey.pk for journey in journeys])
    rows = (
        runs.values("journey_id", "is_control")
        .annotate(
            entered=Count("id"),
            reached=Count("id", filter=Q(goal_at__isnull=False)),
            active=Count("id", filter=Q(state=JourneyRun.State.ACTIVE)),
            parked=Count("id", filter=Q(state=JourneyRun.State.PARKED)),
        )
        .order_by()
    )
    by_arm: dict[int, dict[bool, Mapping[str, int]]] = {}
    for row in rows:
        by_arm.setdefault(row["journey_id"], {})[row["is_control"]] = cast("Mapping[str, int]", row)
    return {pk: _figures(arms) for pk, arms in by_arm.items()}


def flow_of(viewer: User, journey: Journey) -> Flow:
    """Return how the newest runs in the viewer's scope went through a journey: two statements."""
    newest = (
        runs_visible_to(viewer)
        .filter(journey=journey, identity__isnull=False)
        .order_by("-id")
        .values_list("id", "identity_id", "entered_at")[: FLOW_RUNS + 1]
    )
    runs = list(newest)
    is_cut, runs = len(runs) > FLOW_RUNS, runs[:FLOW_RUNS]
    if not runs:
        return Flow(0, False, {})
    rows = sql.fetch_all(
        _FLOW,
        {
            "journey": journey.pk,
            "runs": [pk for pk, _, _ in runs],
            "identities": [identity_id for _, identity_id, _ in runs],
            "since": [entered_at for _, _, entered_at in runs],
        },
    )
    return Flow(len(runs), is_cut, _steps(rows))


def _figures(arms: Mapping[bool, Mapping[str, int]]) -> JourneyFigures:
    def reached(is_control: bool) -> Reached:
        row = arms.get(is_control)
        return Reached(row["entered"], row["reached"]) if row else Reached()

    return JourneyFigures(
        active=sum(row["active"] for row in arms.values()),
        parked=sum(row["parked"] for row in arms.values()),
        treated=reached(False),
        control=reached(True),
    )


def _steps(rows: Iterable[tuple[str, str, str | None, int]]) -> dict[str, StepFlow]:
    outcomes: dict[str, dict[str, int]] = {}
    arms: dict[str, dict[str, int]] = {}
    for step, outcome, arm, count in rows:
        if outcome in WAITING:
            continue
        told = outcomes.setdefault(step, {})
        told[outcome] = told.get(outcome, 0) + count
        if outcome == "arm":
            arms.setdefault(step, {})[arm or ""] = count
    return {
        step: StepFlow(sum(told.values()), told, arms.get(step, {}))
        for step, told in outcomes.items()
    }
