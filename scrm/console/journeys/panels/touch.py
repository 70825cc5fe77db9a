"""The panel of a touch (触达步骤): lane, purpose, words, material, when and for whom."""

from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scrm.console.journeys.panels.base import Panel, StepForm, choose
from scrm.console.journeys.values import Choices
from sop.program.editing import Operation, Update
from sop.program.fields import MAX_MASS_BYTES, MAX_TEXT, MAX_TITLE
from touches.models import Touch

LANES = [
    ("M", _("企业群发：员工一键发送，所有客户同一段文字")),
    ("T", _("员工任务：员工逐个发送，可以因人而异")),
]
MINUTES = {"minutes": 1, "hours": 60, "days": 1_440}
UNITS = [("hours", _("小时")), ("days", _("天")), ("minutes", _("分钟"))]


class TouchForm(StepForm):
    """What is sent, how and when."""

    lane = forms.ChoiceField(label=_("发送方式"), choices=LANES, widget=forms.RadioSelect)
    purpose = forms.ChoiceField(
        label=_("目的"),
        choices=Touch.Purpose.choices,
        help_text=_("目的决定频次上限和有效期；服务和关怀不受对照组影响"),
    )
    title = forms.CharField(
        label=_("标题"), max_length=MAX_TITLE, help_text=_("员工在任务里看到的名称")
    )
    text = forms.CharField(
        label=_("文字"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "data-preview": "preview-text"}),
    )
    material = forms.ChoiceField(label=_("素材"), required=False)
    slot = forms.ChoiceField(label=_("发送时段"), required=False)
    valid = forms.IntegerField(
        label=_("有效期"),
        required=False,
        min_value=1,
        max_value=20_160,
        help_text=_("员工多久内可以发送；留空按目的的默认值"),
    )
    valid_unit = forms.ChoiceField(label=_("有效期单位"), choices=UNITS, required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lane = self["lane"].value()
        self.is_mass = lane != "T"
        self.fields["text"].label = _("群发文字") if self.is_mass else _("话术")
        self.fields["text"].help_text = (
            _("所有客户收到同一段文字，不能用变量")
            if self.is_mass
            else _("可以用 {客户} 代表客户的称呼")
        )
        known = [(str(pk), title) for pk, title in choices.materials]
        wanted = str(self.initial.get("material") or "")
        if wanted and wanted not in dict(known):
            known.insert(0, (wanted, str(_("（素材不存在或未发布，请重新选择）"))))
        slots = [(str(n), label) for n, label in enumerate(choices.slots)]
        choose(self, "material", [("", _("不带素材")), *known])
        choose(self, "slot", [("", _("最近的时段")), *slots])

    def clean(self) -> dict[str, Any]:
        """Check what depends on the lane."""
        values = super().clean() or self.cleaned_data
        text, is_mass = values.get("text", ""), values.get("lane") != "T"
        if is_mass:
            self._check_mass(text, bool(values.get("material")))
        elif not text.strip():
            self.add_error("text", _("请写话术"))
        elif len(text) > MAX_TEXT:
            self.add_error("text", _("最多 %(most)s 个字") % {"most": MAX_TEXT})
        minutes = (values.get("valid") or 0) * MINUTES[values.get("valid_unit") or "hours"]
        if values.get("valid") and not 10 <= minutes <= 20_160:
            self.add_error("valid", _("有效期要在 10 分钟和 14 天之间"))
        return values

    def _check_mass(self, text: str, has_material: bool) -> None:
        if not text.strip() and not has_material:
            self.add_error("text", _("请写文字，或选择素材"))
        if "{" in text:
            self.add_error(
                "text", _("群发对所有客户是同一段文字，不能用变量；要因人而异请改用员工任务")
            )
        if len(text.encode()) > MAX_MASS_BYTES:
            self.add_error("text", _("文字太长，企业微信最多收 4000 字节"))


class TouchPanel(Panel[TouchForm]):
    """Edits a touch."""

    template: ClassVar[str] = "console/journeys/panels/touch.html"
    form_class = TouchForm

    def make_form(self, data: QueryDict | None, initial: Any) -> TouchForm:
        """Return the form with the materials and slots there are."""
        return TouchForm(data, initial=dict(initial), choices=self.choices)

    def initial(self) -> dict[str, Any]:
        """Return the form's values of what is stored."""
        content = self.raw.get("content") or {}
        unit, valid = _span(self.raw.get("valid_minutes"))
        return {
            "label": self.raw.get("label", ""),
            "lane": self.raw.get("lane", "M"),
            "purpose": self.raw.get("purpose"),
            "title": self.raw.get("title", ""),
            "text": content.get("text") or content.get("body") or "",
            "material": "" if (number := content.get("material_id")) is None else str(number),
            "slot": "" if self.raw.get("slot") is None else str(self.raw["slot"]),
            "valid": valid,
            "valid_unit": unit,
        }

    def build(self) -> None:
        """Whom it goes to."""
        self.builders["if"] = self.condition("if", self.raw.get("if"))

    def operation(self, key: str) -> Operation:
        """Return the touch with its new settings."""
        form = self.form
        values = form.cleaned_data
        is_mass = values["lane"] == "M"
        content: dict[str, Any] = {"text" if is_mass else "body": values["text"]}
        if values["material"]:
            content["material_id"] = int(values["material"])
        before = self.raw.get("content") or {}
        if not is_mass and "facts" in before:
            content["facts"] = before["facts"]
        fields: dict[str, Any] = {
            "lane": values["lane"],
            "purpose": values["purpose"],
            "title": values["title"],
            "content": content,
        }
        condition = self.builders["if"].compile()
        if condition is not None:
            fields["if"] = condition
        if is_mass and values["slot"]:
            fields["slot"] = int(values["slot"])
        if values["valid"]:
            fields["valid_minutes"] = values["valid"] * MINUTES[values["valid_unit"] or "hours"]
        return Update(key, form.labeled(fields))


def _span(minutes: Any) -> tuple[str, int | None]:
    if not isinstance(minutes, int):
        return "hours", None
    for unit in ("days", "hours"):
        if minutes % MINUTES[unit] == 0:
            return unit, minutes // MINUTES[unit]
    return "minutes", minutes
