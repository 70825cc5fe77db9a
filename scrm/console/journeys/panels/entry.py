"""The panel of the entry (进入条件): triggers, the daily scan, conditions, and coming in again."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrm.console.journeys.panels.settings import Item, ItemsPanel
from sop.program.editing import Configure, Operation
from sop.program.vocabulary import EVENT_FACTS
from sop.program.words import field_words

POLICIES = [
    ("once", gettext_lazy("每位客户只进入一次")),
    ("after_exit", gettext_lazy("结束一段时间后可以再次进入")),
    ("window", gettext_lazy("一段时间内最多进入几次")),
    ("keyed", gettext_lazy("每个编号进入一次（例如每个订单）")),
]
NUMBERS = {"after_exit": ("gap_hours",), "window": ("count", "days")}


class EntryForm(forms.Form):
    """The scan, and who may come in again."""

    is_scanned = forms.BooleanField(
        label=gettext_lazy("每天扫描一次所有客户"),
        required=False,
        help_text=gettext_lazy("符合下面条件的客户都会进入；没有行为也能进入"),
    )
    scan_at = forms.TimeField(
        label=gettext_lazy("扫描时刻"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    late_hours = forms.IntegerField(
        label=gettext_lazy("行为晚到多少小时以内有效"),
        min_value=1,
        max_value=8_760,
        required=False,
        help_text=gettext_lazy("更晚才知道的行为不再让客户进入；默认 24 小时"),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("再次进入"), choices=POLICIES, widget=forms.RadioSelect
    )
    gap_hours = forms.IntegerField(
        label=gettext_lazy("结束后至少隔多少小时"), min_value=0, max_value=17_520, required=False
    )
    count = forms.IntegerField(
        label=gettext_lazy("最多几次"), min_value=1, max_value=17_520, required=False
    )
    days = forms.IntegerField(
        label=gettext_lazy("多少天内"), min_value=1, max_value=17_520, required=False
    )
    key = forms.ChoiceField(label=gettext_lazy("按哪个编号"), required=False)

    def clean(self) -> dict[str, Any]:
        """Check that what the choices need is there."""
        values = super().clean() or self.cleaned_data
        if values.get("is_scanned") and not values.get("scan_at") and "scan_at" not in self.errors:
            self.add_error("scan_at", _("请填写扫描时刻"))
        for name in NUMBERS.get(values.get("policy", ""), ()):
            if values.get(name) is None and name not in self.errors:
                self.add_error(name, _("请填写"))
        if values.get("policy") == "keyed" and not values.get("key"):
            self.add_error("key", _("触发行为没有可用的编号"))
        return values


class EntryPanel(ItemsPanel[EntryForm]):
    """Edits who comes in."""

    template = "console/journeys/panels/entry.html"
    form_class = EntryForm
    part = "events"
    has_conditions = True

    @property
    def entry(self) -> dict[str, Any]:
        """The stored entry."""
        found = self.raw.get("entry")
        return found if isinstance(found, dict) else {}

    def stored(self) -> list[Any]:
        """Return the stored triggers."""
        found = self.entry.get("events")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        reentry = self.entry.get("reentry")
        rule = reentry if isinstance(reentry, dict) else {"policy": "once"}
        return {
            "is_scanned": self.entry.get("scan_at") is not None,
            "scan_at": self.entry.get("scan_at") or "09:40",
            "late_hours": self.entry.get("late_hours", 24),
            "gap_hours": 24,
            "count": 1,
            "days": 30,
            **rule,
        }

    def build(self) -> None:
        """Make triggers and the condition of all."""
        super().build()
        when = self.entry.get("when")
        self.builders["when"] = self.condition("when", when, has_entry=False)
        self._offer_keys()

    def act(self, act: str) -> None:
        """Do what a button asks; the keys follow the triggers."""
        super().act(act)
        self._offer_keys()

    @property
    def policy(self) -> str:
        """The rule that is chosen now."""
        return str(self.form["policy"].value() or "once")

    @property
    def is_scanned(self) -> bool:
        """Whether the daily scan is chosen now."""
        return bool(self.form["is_scanned"].value())

    def is_valid(self) -> bool:
        """Check that somebody can come in, and not everybody by a scan."""
        is_valid = super().is_valid()
        is_scanned = self.form.cleaned_data.get("is_scanned")
        if not self.items and not is_scanned:
            self.form.add_error(None, _("要有触发行为，或者每日扫描"))
        if is_scanned and self.builders["when"].compile() is None:
            self.form.add_error(None, _("每日扫描需要条件，否则所有客户都会进入"))
        return is_valid and not self.form.errors

    def fault(self, item: Item) -> str:
        """Say what is wrong with a trigger beside its event: nothing."""
        return ""

    def compiled(self, item: Item) -> dict[str, Any]:
        """Return a trigger as it is stored."""
        raw: dict[str, Any] = item.event.compile()
        condition = item.condition.compile() if item.condition is not None else None
        return raw if condition is None else {**raw, "when": condition}

    def operation(self, key: str) -> Operation:
        """Return the new entry."""
        values = self.form.cleaned_data
        entry: dict[str, Any] = {"events": [self.compiled(item) for item in self.items]}
        condition = self.builders["when"].compile()
        if condition is not None:
            entry["when"] = condition
        if values["is_scanned"]:
            entry["scan_at"] = f"{values['scan_at']:%H:%M}"
        if values["late_hours"] not in {None, 24}:
            entry["late_hours"] = values["late_hours"]
        policy = values["policy"]
        names = ("key",) if policy == "keyed" else NUMBERS.get(policy, ())
        entry["reentry"] = {"policy": policy} | {name: values[name] for name in names}
        return Configure("entry", entry)

    def _offer_keys(self) -> None:
        """Offer what every trigger's payload has."""
        types = [item.event.rows[0].name for item in self.items]
        found = [EVENT_FACTS[one].fields for one in types if one in EVENT_FACTS]
        shared = [
            name for name in (found[0] if found else ()) if all(name in fields for fields in found)
        ]
        known = str(self.form["key"].value() or "")
        names = dict.fromkeys([*shared, *([known] if known and not types else [])])
        field = self.form.fields["key"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, field_words(name)) for name in names]
