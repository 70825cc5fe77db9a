"""The panels of branches (分支步骤): decisions and experiments, with their arms in order."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.console.journeys.builder import Builder
from scrm.console.journeys.panels.base import Panel, StepForm
from scrm.console.journeys.values import text_of
from sop.program.editing import ArmChange, Operation, Update
from sop.program.skeleton import walk

MAX_ARMS = 12
MAX_WEIGHT = 10_000


@dataclass(slots=True)
class ArmView:
    """One arm as it is edited.

    Attributes:
        origin: Which arm it was; "" for a new one.
        step_count: How many steps go when it goes.
    """

    prefix: str
    origin: str
    label: str
    weight: str
    step_count: int
    builder: Builder | None = None
    error: str = ""


class BranchForm(StepForm):
    """What the branch is called; its arms stand beside the form."""


class BranchPanel(Panel[BranchForm]):
    """Edits the arms of a branch: their names, order, and what they hang on."""

    form_class = BranchForm
    has_conditions: ClassVar[bool]
    least: ClassVar[int]

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {"label": self.raw.get("label", "")}

    def build(self) -> None:
        """Make the arms of what is stored or posted."""
        self.arms: list[ArmView] = []
        self.next_number = 0
        if self.data is None:
            for number, arm in enumerate(self.raw.get("arms") or []):
                self._append(str(number), arm.get("label", ""), arm.get("weight", 1), arm)
            return
        for prefix in self.data.getlist("arms")[:MAX_ARMS]:
            label = text_of(self.data, f"{prefix}-label", 40)
            weight = text_of(self.data, f"{prefix}-weight", 6) or "1"
            origin = text_of(self.data, f"{prefix}-origin", 4)
            self._append(origin, label, weight, {}, prefix)

    def act_on_items(self, name: str, rest: str) -> None:
        """Add, remove or move an arm."""
        verb, _colon, number = rest.partition(":")
        at = int(number) if number.isdecimal() else -1
        if name != "arm":
            return
        if verb == "add" and len(self.arms) < MAX_ARMS:
            self._append("", self._free_label(), 1, {})
            self._keep_rest_last()
        elif verb == "remove" and 0 <= at < len(self.arms) and len(self.arms) > self.least:
            self._forget(self.arms.pop(at))
        elif verb == "up" and 0 < at < len(self.arms):
            self.arms[at - 1], self.arms[at] = self.arms[at], self.arms[at - 1]

    def is_valid(self) -> bool:
        """Check names, weights and conditions."""
        is_valid = super().is_valid()
        seen: set[str] = set()
        for number, arm in enumerate(self.arms):
            arm.error = self._fault(arm, seen, is_last=number == len(self.arms) - 1)
            seen.add(arm.label)
        return is_valid and not any(arm.error for arm in self.arms)

    def operation(self, key: str) -> Operation:
        """Return the branch with its new arms."""
        return Update(key, self.form.labeled({}), [self._change(arm) for arm in self.arms])

    def _fault(self, arm: ArmView, seen: set[str], *, is_last: bool) -> str:
        if not arm.label:
            return _("请填写分支名称")
        if arm.label in seen:
            return _("分支名称重复")
        is_open = arm.builder is not None and arm.builder.compile() is None
        if is_open and not is_last:
            return _("只有最后一个分支可以没有条件")
        if not self.has_conditions and not _is_weight(arm.weight):
            return _("份额要填 1 到 {most} 的整数").format(most=MAX_WEIGHT)
        return ""

    def _change(self, arm: ArmView) -> ArmChange:
        fields: dict[str, Any] = {"label": arm.label}
        if arm.builder is None:
            fields["weight"] = int(arm.weight)
        elif (condition := arm.builder.compile()) is not None:
            fields["when"] = condition
        return ArmChange(int(arm.origin) if arm.origin.isdecimal() else None, fields)

    def _append(self, origin: str, label: Any, weight: Any, raw: Any, prefix: str = "") -> None:
        if not prefix:
            while f"arm-{self.next_number}" in {arm.prefix for arm in self.arms}:
                self.next_number += 1
            prefix = f"arm-{self.next_number}"
        builder = None
        if self.has_conditions:
            builder = self.builders[f"{prefix}-when"] = self.condition(
                f"{prefix}-when", raw.get("when") if isinstance(raw, dict) else None
            )
        count = self._step_count(origin)
        self.arms.append(ArmView(prefix, origin, str(label), str(weight), count, builder))

    def _step_count(self, origin: str) -> int:
        arms = self.raw.get("arms") or []
        if not origin.isdecimal() or int(origin) >= len(arms):
            return 0
        return sum(1 for _step in walk(arms[int(origin)].get("steps") or []))

    def _forget(self, arm: ArmView) -> None:
        self.builders.pop(f"{arm.prefix}-when", None)

    def _free_label(self) -> str:
        taken = {arm.label for arm in self.arms}
        words = _("分支 {n}")
        names = (words.format(n=n) if self.has_conditions else chr(64 + n) for n in range(1, 27))
        return next((name for name in names if name not in taken), "")

    def _keep_rest_last(self) -> None:
        """Keep an arm without a condition, which takes the rest, behind a new one."""
        if self.has_conditions and len(self.arms) > 1:
            before = self.arms[-2]
            if before.builder is not None and before.builder.compile() is None:
                self.arms[-2], self.arms[-1] = self.arms[-1], self.arms[-2]


class DecidePanel(BranchPanel):
    """Edits a decision: the first arm whose condition holds is taken."""

    template = "console/journeys/panels/decide.html"
    has_conditions = True
    least = 1
    help = gettext_lazy("从上到下判断，走第一个条件成立的分支；都不成立就直接往下走。")


class ExperimentPanel(BranchPanel):
    """Edits an experiment: arms are drawn by lot, in shares."""

    template = "console/journeys/panels/experiment.html"
    has_conditions = False
    least = 2
    help = gettext_lazy("每位客户随机进入一个分支，以后一直在同一个分支。")

    @property
    def shares(self) -> list[tuple[ArmView, float]]:
        """The arms with their shares in percent."""
        weights = [int(arm.weight) if _is_weight(arm.weight) else 0 for arm in self.arms]
        total = sum(weights) or 1
        return [(arm, weight * 100 / total) for arm, weight in zip(self.arms, weights, strict=True)]


def _is_weight(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_WEIGHT
