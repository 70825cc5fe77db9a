"""The panels of what needs no message to a customer: tags, notices to staff, the end."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scrm.console.journeys.panels.base import Panel, StepForm
from scrm.console.journeys.values import Choices
from sop.program.editing import Operation, Update
from sop.program.fields import MAX_TITLE


class TagForm(StepForm):
    """Which tags come and go."""

    add = forms.MultipleChoiceField(
        label=_("加上"), required=False, widget=forms.CheckboxSelectMultiple
    )
    remove = forms.MultipleChoiceField(
        label=_("去掉"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("add", "remove"):
            field = self.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = _tag_choices(choices, self[name].value() or [])

    def clean(self) -> dict[str, Any]:
        """Check that something is changed."""
        values = super().clean() or self.cleaned_data
        added, removed = set(values.get("add") or ()), set(values.get("remove") or ())
        if not added and not removed:
            self.add_error("add", _("请选择要加上或去掉的标签"))
        if added & removed:
            self.add_error("remove", _("同一个标签不能既加上又去掉"))
        return values


class TagPanel(Panel[TagForm]):
    """Edits a change of tags."""

    template: ClassVar[str] = "console/journeys/panels/tag.html"
    form_class = TagForm

    def make_form(self, data: QueryDict | None, initial: Any) -> TagForm:
        """Return the form with the tags there are."""
        return TagForm(data, initial=dict(initial), choices=self.choices)

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {
            "label": self.raw.get("label", ""),
            "add": list(self.raw.get("add") or ()),
            "remove": list(self.raw.get("remove") or ()),
        }

    def build(self) -> None:
        """For whom."""
        self.builders["if"] = self.condition("if", self.raw.get("if"))

    @property
    def tag_fields(self) -> list[tuple[forms.BoundField, list[tuple[str, list[tuple[str, bool]]]]]]:
        """Both fields with their tags by group, and whether each is chosen."""
        found = []
        for name in ("add", "remove"):
            chosen = set(self.form[name].value() or ())
            groups = _tag_choices(self.choices, sorted(chosen))
            shown = [
                (group, [(tag, tag in chosen) for tag, _label in options])
                for group, options in groups
            ]
            found.append((self.form[name], shown))
        return found

    def operation(self, key: str) -> Operation:
        """Return the step with its new tags."""
        values = self.form.cleaned_data
        fields: dict[str, Any] = {"add": values["add"], "remove": values["remove"]}
        return Update(key, self.form.labeled(_conditional(fields, self.builders["if"].compile())))


class NotifyForm(StepForm):
    """Whom to tell what."""

    to = forms.ChoiceField(
        label=_("提醒谁"),
        choices=[("owner", _("主跟进人")), ("lead", _("主跟进人的组长"))],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("标题"), max_length=MAX_TITLE)
    body = forms.CharField(
        label=_("内容"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-preview": "preview-text"}),
        help_text=_("员工在企业微信里收到；客户看不到"),
    )


class NotifyPanel(Panel[NotifyForm]):
    """Edits a notice to staff."""

    template: ClassVar[str] = "console/journeys/panels/notify.html"
    form_class = NotifyForm

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        names = ("label", "to", "title", "body")
        return {"to": "owner"} | {name: self.raw[name] for name in names if name in self.raw}

    def build(self) -> None:
        """For whom."""
        self.builders["if"] = self.condition("if", self.raw.get("if"))

    def operation(self, key: str) -> Operation:
        """Return the notice with its new words."""
        values = self.form.cleaned_data
        fields = {name: values[name] for name in ("title", "body", "to")}
        return Update(key, self.form.labeled(_conditional(fields, self.builders["if"].compile())))


class ExitForm(StepForm):
    """Why it ends here."""

    reason = forms.CharField(
        label=_("原因"), max_length=60, help_text=_("写进客户的旅程说明，例如“未激活”")
    )


class ExitPanel(Panel[ExitForm]):
    """Edits an end."""

    template: ClassVar[str] = "console/journeys/panels/plain.html"
    form_class = ExitForm

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        return {"label": self.raw.get("label", ""), "reason": self.raw.get("reason", "")}

    def operation(self, key: str) -> Operation:
        """Return the end with its new reason."""
        return Update(key, self.form.labeled({"reason": self.form.cleaned_data["reason"]}))


def _conditional(fields: dict[str, Any], condition: Any) -> dict[str, Any]:
    return fields if condition is None else {**fields, "if": condition}


def _tag_choices(choices: Choices, chosen: Any) -> list[tuple[str, Any]]:
    """Return the tags by group, with those that are chosen but gone."""
    gone = [name for name in chosen if name not in choices.tag_names]
    groups: list[tuple[str, Any]] = [
        (group, [(name, name) for name in names]) for group, names in choices.tags
    ]
    if gone:
        groups.insert(0, (str(_("已经不存在")), [(name, name) for name in gone]))
    return groups
