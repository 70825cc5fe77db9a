"""Which panel edits what (面板目录)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import QueryDict

from scrm.console.journeys.panels.actions import ExitPanel, NotifyPanel, TagPanel
from scrm.console.journeys.panels.base import Panel
from scrm.console.journeys.panels.branches import DecidePanel, ExperimentPanel
from scrm.console.journeys.panels.entry import EntryPanel
from scrm.console.journeys.panels.settings import ControlPanel, ExitsPanel, GoalsPanel
from scrm.console.journeys.panels.touch import TouchPanel
from scrm.console.journeys.panels.waits import AwaitPanel, WaitPanel
from scrm.console.journeys.values import Choices
from sop.program.starting import NEW_STEPS
from sop.program.titles import kind_of

STEP_PANELS: Final[Mapping[str, type[Panel[Any]]]] = {
    "touch": TouchPanel,
    "wait": WaitPanel,
    "await": AwaitPanel,
    "decide": DecidePanel,
    "experiment": ExperimentPanel,
    "tag": TagPanel,
    "notify": NotifyPanel,
    "exit": ExitPanel,
}
SETTING_PANELS: Final[Mapping[str, type[Panel[Any]]]] = {
    "entry": EntryPanel,
    "exits": ExitsPanel,
    "goals": GoalsPanel,
    "control_percent": ControlPanel,
}


def panel_for_step(raw: Mapping[str, Any], choices: Choices, data: QueryDict | None) -> Panel[Any]:
    """Return the panel of a step; what cannot be read of a faulty one starts from the beginning."""
    panel = STEP_PANELS[raw["type"]]
    try:
        return panel(raw, choices, data)
    except (AttributeError, KeyError, TypeError, ValueError):
        return panel({"id": raw["id"], **NEW_STEPS[kind_of(raw)]}, choices, data)


def panel_for_setting(
    part: str, program: Mapping[str, Any], choices: Choices, data: QueryDict | None
) -> Panel[Any] | None:
    """Return the panel of a setting; None where there is no such setting."""
    panel = SETTING_PANELS.get(part)
    if panel is None:
        return None
    try:
        return panel(program, choices, data)
    except (AttributeError, KeyError, TypeError, ValueError):
        return panel({}, choices, data)
