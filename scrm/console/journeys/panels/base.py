"""What every panel of the editor has (步骤面板): a form, and conditions beside it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scrm.console.journeys.builder import Builder
from scrm.console.journeys.values import Choices
from sop.program.editing import Operation

Raw = Mapping[str, Any]
F = TypeVar("F", bound=forms.Form)


class Panel(Generic[F]):
    """Edits one step or one setting of a draft.

    A panel is made of what is stored, or of what was posted. `act` changes it without saving; what
    is saved is one `operation` on the draft.
    """

    template: ClassVar[str]
    form_class: type[F]

    def __init__(self, raw: Raw, choices: Choices, data: QueryDict | None = None) -> None:
        self.raw, self.choices, self.data = raw, choices, data
        self.builders: dict[str, Builder] = {}
        self.form = self.make_form(data, self.initial())
        self.build()

    def make_form(self, data: QueryDict | None, initial: Mapping[str, Any]) -> F:
        """Return the form, bound where something was posted."""
        return self.form_class(data, initial=dict(initial))

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {}

    def build(self) -> None:
        """Make the condition builders; called once the form is there."""

    def operation(self, key: str) -> Operation:
        """Return what saving does to the draft; only of a valid panel."""
        raise NotImplementedError

    def act(self, act: str) -> None:
        """Do what a button asks, `builder:verb:row:what`, and show the form without errors."""
        name, _colon, rest = act.partition(":")
        if name in self.builders:
            verb, index, what = [*rest.split(":"), "", ""][:3]
            self.builders[name].act(verb, int(index) if index.isdecimal() else -1, what)
        else:
            self.act_on_items(name, rest)
        for builder in self.builders.values():
            builder.settle()
        self.form = self._shown_anew()

    def act_on_items(self, name: str, rest: str) -> None:
        """Do what a button of a list asks."""

    def is_valid(self) -> bool:
        """Whether it can be saved; errors are shown where they are."""
        for builder in self.builders.values():
            builder.compile()
        has_errors = any(builder.has_errors for builder in self.builders.values())
        return self.form.is_valid() and not has_errors

    def condition(self, prefix: str, raw: Any, **over: bool) -> Builder:
        """Make the builder of a condition."""
        if self.data is not None:
            return Builder.posted(prefix, self.data, self.choices, **over)
        return Builder.of_condition(prefix, raw, self.choices, **over)

    def event(self, prefix: str, raw: Any) -> Builder:
        """Make the builder of an event with its limits."""
        if self.data is not None:
            return Builder.posted(prefix, self.data, self.choices, is_event=True)
        return Builder.of_event(prefix, raw, self.choices)

    def _shown_anew(self) -> F:
        """Return the form with what was posted, not yet judged."""
        if self.data is None:
            return self.form
        values = {
            name: field.widget.value_from_datadict(self.data, {}, name)
            for name, field in self.form.fields.items()
        }
        return self.make_form(None, values)


class StepForm(forms.Form):
    """What every step has."""

    label = forms.CharField(
        label=_("步骤名称"),
        max_length=60,
        required=False,
        help_text=_("留空时按内容自动取名"),
    )

    def labeled(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields with the label, where there is one."""
        label = self.cleaned_data["label"]
        return ({"label": label} if label else {}) | dict(fields)


def choose(form: forms.Form, name: str, choices: Sequence[tuple[str, Any]]) -> None:
    """Give a field of a form the choices there are now."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)


def span_of(raw: Any) -> dict[str, int]:
    """Return a stored span of time as days, hours and minutes."""
    given = raw if isinstance(raw, Mapping) else {}
    sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    seconds = sum(
        value * sizes[unit]
        for unit, value in given.items()
        if unit in sizes and isinstance(value, int)
    )
    return {
        "days": seconds // 86_400,
        "hours": seconds % 86_400 // 3_600,
        "minutes": seconds % 3_600 // 60,
    }


class SpanFields(forms.Form):
    """A span of time in days, hours and minutes."""

    days = forms.IntegerField(label=_("天"), min_value=0, max_value=730, required=False)
    hours = forms.IntegerField(label=_("小时"), min_value=0, max_value=1_000, required=False)
    minutes = forms.IntegerField(label=_("分钟"), min_value=0, max_value=10_000, required=False)

    def span(self) -> dict[str, int]:
        """Return the span as it is stored."""
        units = ("days", "hours", "minutes")
        return {unit: self.cleaned_data[unit] for unit in units if self.cleaned_data.get(unit)}
