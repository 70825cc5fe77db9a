"""The panels of the whole journey (旅程设置): who comes in, what ends a run, goals, control."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.console.journeys.builder import Builder
from scrm.console.journeys.panels.base import F, Panel
from scrm.console.journeys.values import text_of
from sop.program.editing import Configure, Operation

MAX_ITEMS = 12
MAX_GOAL_DAYS = 730


@dataclass(slots=True)
class Item:
    """One entry of a list of events.

    Attributes:
        text: The reason of an exit, the name of a goal.
        days: Of a goal, how long it counts.
        condition: Of a trigger, what must hold besides.
    """

    prefix: str
    event: Builder
    text: str = ""
    days: str = ""
    condition: Builder | None = None
    error: str = ""


class EmptyForm(forms.Form):
    """Nothing beside the list."""


class ItemsPanel(Panel[F]):
    """Edits a list of events, each with something to it."""

    part: ClassVar[str]
    has_conditions: ClassVar[bool] = False

    def stored(self) -> Sequence[Any]:
        """Return the stored list."""
        found = self.raw.get(self.part)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def build(self) -> None:
        """Make the entries of what is stored or posted."""
        self.items: list[Item] = []
        if self.data is None:
            for one in self.stored():
                self._append(one)
            return
        for prefix in self.data.getlist("items")[:MAX_ITEMS]:
            item = self._append({}, prefix)
            item.text = text_of(self.data, f"{prefix}-text", 60)
            item.days = text_of(self.data, f"{prefix}-days", 4)

    def act_on_items(self, name: str, rest: str) -> None:
        """Add or remove an entry."""
        verb, _colon, number = rest.partition(":")
        at = int(number) if number.isdecimal() else -1
        if name == "item" and verb == "add" and len(self.items) < MAX_ITEMS:
            self._append({})
        elif name == "item" and verb == "remove" and 0 <= at < len(self.items):
            gone = self.items.pop(at)
            for builder in (f"{gone.prefix}-event", f"{gone.prefix}-when"):
                self.builders.pop(builder, None)

    def is_valid(self) -> bool:
        """Check every entry."""
        is_valid = super().is_valid()
        for item in self.items:
            item.error = self.fault(item)
        return is_valid and not any(item.error for item in self.items)

    def fault(self, item: Item) -> str:
        """Say what is wrong with an entry beside its event."""
        return "" if item.text or self.has_conditions else _("请填写原因")

    def operation(self, key: str) -> Operation:
        """Return the new list."""
        return Configure(self.part, [self.compiled(item) for item in self.items])

    def compiled(self, item: Item) -> dict[str, Any]:
        """Return an entry as it is stored."""
        return {**item.event.compile(), "reason": item.text}

    def _append(self, raw: dict[str, Any], prefix: str = "") -> Item:
        taken = {item.prefix for item in self.items}
        number = 0
        while not prefix or prefix in taken:
            prefix = f"item-{number}"
            number += 1
        event = self.builders[f"{prefix}-event"] = self.event(f"{prefix}-event", raw)
        item = Item(prefix, event, str(raw.get("reason") or raw.get("name") or ""))
        item.days = str(raw.get("days", ""))
        if self.has_conditions:
            item.condition = self.builders[f"{prefix}-when"] = self.condition(
                f"{prefix}-when", raw.get("when"), has_entry=False
            )
        self.items.append(item)
        return item


class ExitsPanel(ItemsPanel[EmptyForm]):
    """Edits the events that end a run at once."""

    template = "console/journeys/panels/exits.html"
    form_class = EmptyForm
    part = "exits"


class GoalsPanel(ItemsPanel[EmptyForm]):
    """Edits what the journey is for."""

    template = "console/journeys/panels/goals.html"
    form_class = EmptyForm
    part = "goals"

    def fault(self, item: Item) -> str:
        """Say what is wrong with a goal beside its event."""
        if not item.text:
            return _("请填写目标名称")
        is_number = item.days.isascii() and item.days.isdigit()
        if not is_number or not 1 <= int(item.days) <= MAX_GOAL_DAYS:
            return _("天数要填 1 到 {most} 的整数").format(most=MAX_GOAL_DAYS)
        return ""

    def compiled(self, item: Item) -> dict[str, Any]:
        """Return a goal as it is stored."""
        return {"name": item.text, **item.event.compile(), "days": int(item.days)}


class ControlForm(forms.Form):
    """How many are only watched."""

    percent = forms.DecimalField(
        label=gettext_lazy("对照组比例（%）"),
        min_value=0,
        max_value=50,
        decimal_places=1,
        help_text=gettext_lazy(
            "这部分客户照样走流程、照样统计目标，但不发送内容，用来比较旅程到底有没有用。"
            "服务和关怀总是会发。比例一变，之前分好组的客户不变。"
        ),
    )


class ControlPanel(Panel[ControlForm]):
    """Edits the control share."""

    template = "console/journeys/panels/plain.html"
    form_class = ControlForm

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {"percent": self.raw.get("control_percent", 0)}

    def operation(self, key: str) -> Operation:
        """Return the new share."""
        percent = float(self.form.cleaned_data["percent"])
        return Configure("control_percent", int(percent) if percent.is_integer() else percent)
