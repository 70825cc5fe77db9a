"""A form with one field of each kind."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """What a drawer of the gallery shows."""

    name = forms.CharField(label=_("名称"), max_length=30, help_text=_("客户看得到。"))
    stage = forms.ChoiceField(
        label=_("生命周期"), choices=[("lead", _("潜在")), ("first", _("首购"))]
    )
    ways = forms.MultipleChoiceField(
        label=_("渠道"),
        choices=[("store", _("门店")), ("live", _("直播间"))],
        widget=forms.CheckboxSelectMultiple,
    )
    starts_on = forms.DateField(
        label=_("开始日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=_("备注"), required=False, widget=forms.Textarea)
    is_on = forms.BooleanField(label=_("马上启用"), required=False)
