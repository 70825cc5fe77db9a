"""Forms over tags."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.services.tag_library import NAME_CHARACTERS


class NewTagsForm(forms.Form):
    """New tags in a group, or in a new one."""

    names = forms.CharField(
        label=_("标签"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一个，也可以用逗号隔开；每个最多 30 个字。"),
    )
    group_name = forms.CharField(label=_("标签组"), max_length=NAME_CHARACTERS)
    is_local = forms.TypedChoiceField(
        label=_("保存在"),
        choices=(("0", _("企业微信（员工也能看到、能打）")), ("1", _("本系统（只在这里使用）"))),
        coerce=lambda value: value == "1",
        initial="0",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, has_group: bool, **kwargs: Any) -> None:
        """Ask for the group only where it is not there yet."""
        super().__init__(*args, **kwargs)
        if has_group:
            del self.fields["group_name"], self.fields["is_local"]

    def clean_names(self) -> list[str]:
        """Return the names, one by one."""
        text: str = self.cleaned_data["names"]
        return [name.strip() for name in re.split(r"[\n\r,，、]+", text) if name.strip()]


class NameForm(forms.Form):
    """Another name."""

    name = forms.CharField(label=_("名称"), max_length=NAME_CHARACTERS)
