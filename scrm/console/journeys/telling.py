"""Explanations as pages show them (旅程说明): what happened, in readable Chinese, in order."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from sop.selectors.explanation import Explanation, Leg, PassedStep, RunStory, TouchTold

# Kind of a log row: icon and tone.
LEG_LOOKS: Final = {
    "entered": ("door-open", "brand"),
    "moved": ("arrow-right", ""),
    "woken": ("zap", "cyan"),
    "exited": ("log-out", "warn"),
    "goal": ("target", "ok"),
    "parked": ("triangle-alert", "bad"),
    "stopped": ("circle-stop", "warn"),
    "merged": ("users", "violet"),
}
OUTCOME_TONES: Final = {
    "planned": "brand",
    "tagged": "ok",
    "told": "ok",
    "skipped": "warn",
    "control": "violet",
    "held": "bad",
    "met": "ok",
    "timeout": "warn",
    "arm": "violet",
}
RUN_TONES: Final = {"active": "brand", "done": "ok", "parked": "bad", "stopped": "warn"}
TOUCH_TONES: Final = {
    "delivered": "ok",
    "confirmed": "ok",
    "suppressed": "warn",
    "refused": "bad",
    "unknown": "bad",
    "expired": "warn",
}


@dataclass(frozen=True, slots=True)
class StepTold:
    """One step that was passed."""

    step: PassedStep
    tone: str


@dataclass(frozen=True, slots=True)
class LegTold:
    """One row of the log with how it looks."""

    leg: Leg
    icon: str
    tone: str
    steps: tuple[StepTold, ...]


@dataclass(frozen=True, slots=True)
class TouchShown:
    """One touch with how it looks."""

    told: TouchTold
    tone: str


@dataclass(frozen=True, slots=True)
class RunTold:
    """One run with how it looks; `is_open` while it goes on."""

    run: RunStory
    tone: str
    legs: tuple[LegTold, ...]
    touches: tuple[TouchShown, ...]
    arm: str

    @property
    def is_open(self) -> bool:
        """Whether it goes on, or waits to be mended."""
        return self.run.standing is not None


def told(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation for the template."""
    return {"all": explanation, "runs": [_run(run) for run in explanation.runs]}


def _run(run: RunStory) -> RunTold:
    return RunTold(
        run,
        RUN_TONES.get(run.state, ""),
        tuple(_leg(leg) for leg in run.legs),
        tuple(
            TouchShown(touch, TOUCH_TONES.get(touch.story.touch.state, "brand"))
            for touch in run.touches
        ),
        _("对照组") if run.is_control else _("实验组"),
    )


def _leg(leg: Leg) -> LegTold:
    icon, tone = LEG_LOOKS.get(leg.kind, ("dot", ""))
    steps = tuple(StepTold(step, OUTCOME_TONES.get(step.outcome, "")) for step in leg.steps)
    return LegTold(leg, icon, tone, steps)
