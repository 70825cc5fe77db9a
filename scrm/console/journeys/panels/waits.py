"""The panels of waits (等待步骤): a while, a slot, a time of day; an event or a condition."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scrm.console.journeys.panels.base import Panel, SpanFields, StepForm, choose, span_of
from scrm.console.journeys.values import Choices
from sop.program.editing import Operation, Update
from sop.program.terms import WEEKDAYS

WAYS = [
    ("pause", _("等一段时间")),
    ("slot", _("等到进入后第几天的时段")),
    ("time", _("等到一天中的时刻")),
]
PAST_DUE = [("next", _("顺延到下一天的同一时段")), ("go", _("立即继续"))]
DAYS = [(str(n), _(day)) for n, day in enumerate(WEEKDAYS, start=1)]
AWAITED = [("event", _("等一个行为")), ("condition", _("等条件成立"))]


class WaitForm(StepForm, SpanFields):
    """How long, or until when."""

    way = forms.ChoiceField(label=_("等待方式"), choices=WAYS, widget=forms.RadioSelect)
    day = forms.IntegerField(
        label=_("第几天"),
        min_value=0,
        max_value=730,
        required=False,
        help_text=_("进入当天是第 0 天"),
    )
    slot = forms.ChoiceField(label=_("时段"), required=False)
    past_due = forms.ChoiceField(label=_("如果到达时已经过了"), choices=PAST_DUE, required=False)
    time = forms.TimeField(
        label=_("时刻"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("只在这些天"),
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是每天"),
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "slot", [(str(n), label) for n, label in enumerate(choices.slots)])

    def clean(self) -> dict[str, Any]:
        """Check that what the way needs is there."""
        values = super().clean() or self.cleaned_data
        way = values.get("way")
        if way == "pause" and not any(values.get(unit) for unit in ("days", "hours", "minutes")):
            self.add_error("days", _("请填写要等多久"))
        if way == "slot" and values.get("day") is None and "day" not in self.errors:
            self.add_error("day", _("请填写第几天"))
        if way == "slot" and not values.get("slot"):
            self.add_error("slot", _("请选择时段"))
        if way == "time" and values.get("time") is None and "time" not in self.errors:
            self.add_error("time", _("请填写时刻"))
        return values


class WaitPanel(Panel[WaitForm]):
    """Edits a wait of any of its ways."""

    template: ClassVar[str] = "console/journeys/panels/wait.html"
    form_class = WaitForm

    def make_form(self, data: QueryDict | None, initial: Any) -> WaitForm:
        """Return the form with the slots there are."""
        return WaitForm(data, initial=dict(initial), choices=self.choices)

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        raw = self.raw
        return {
            "label": raw.get("label", ""),
            "way": "slot" if "day" in raw else "time" if "time" in raw else "pause",
            **span_of(raw.get("for", {"days": 1})),
            "day": raw.get("day", 1),
            "slot": str(raw.get("slot", 0)),
            "past_due": raw.get("past_due", "next"),
            "time": raw.get("time", "10:00"),
            "weekdays": [str(day) for day in raw.get("weekdays") or ()],
        }

    @property
    def way(self) -> str:
        """The way that is chosen now."""
        return str(self.form["way"].value() or "pause")

    def operation(self, key: str) -> Operation:
        """Return the wait with its new settings."""
        form = self.form
        values = form.cleaned_data
        fields: dict[str, Any]
        if values["way"] == "pause":
            fields = {"for": form.span()}
        elif values["way"] == "slot":
            fields = {"day": values["day"], "slot": int(values["slot"])}
            if values["past_due"] == "go":
                fields["past_due"] = "go"
        else:
            fields = {"time": f"{values['time']:%H:%M}"}
            if values["weekdays"]:
                fields["weekdays"] = sorted(int(day) for day in values["weekdays"])
        return Update(key, form.labeled(fields))


class AwaitForm(StepForm, SpanFields):
    """What is waited for, and how long at most."""

    way = forms.ChoiceField(label=_("等什么"), choices=AWAITED, widget=forms.RadioSelect)
    already_true = forms.BooleanField(
        label=_("进入旅程以来已经发生的也算"),
        required=False,
        help_text=_("不选时，只看走到这一步之后发生的"),
    )

    def clean(self) -> dict[str, Any]:
        """Check that it ends some time."""
        values = super().clean() or self.cleaned_data
        if not any(values.get(unit) for unit in ("days", "hours", "minutes")):
            self.add_error("days", _("请填写最多等多久"))
        return values


class AwaitPanel(Panel[AwaitForm]):
    """Edits an `await`."""

    template: ClassVar[str] = "console/journeys/panels/await.html"
    form_class = AwaitForm

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {
            "label": self.raw.get("label", ""),
            "way": "condition" if self.raw.get("when") else "event",
            "already_true": self.raw.get("already_true", True),
            **span_of(self.raw.get("timeout")),
        }

    @property
    def way(self) -> str:
        """What it waits for now."""
        return str(self.form["way"].value() or "event")

    def build(self) -> None:
        """Make the builder of what it waits for."""
        if self.way == "condition":
            self.builders["when"] = self.condition("when", self.raw.get("when"))
        else:
            self.builders["event"] = self.event("event", self.raw)

    def is_valid(self) -> bool:
        """Check that there is something to wait for."""
        is_valid = super().is_valid()
        if self.way == "condition" and self.builders["when"].compile() is None:
            self.form.add_error("way", _("请添加至少一个条件"))
            return False
        return is_valid

    def operation(self, key: str) -> Operation:
        """Return the `await` with its new settings."""
        form = self.form
        fields: dict[str, Any] = {"timeout": form.span()}
        if self.way == "condition":
            fields["when"] = self.builders["when"].compile()
        else:
            fields |= self.builders["event"].compile()
        if not form.cleaned_data["already_true"]:
            fields["already_true"] = False
        return Update(key, form.labeled(fields))
