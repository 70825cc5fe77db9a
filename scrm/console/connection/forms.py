"""Forms of the connection: the first set-up, a corp, an app. Secrets go in and never come out."""

from typing import Any, cast

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wecom.models import App
from wecom.models.corp import AppPurpose, MassQuota


def _secret(label: Promise, *, help_text: Promise, required: bool = False) -> forms.CharField:
    """Return a field that is never filled with what is stored."""
    attrs = {"autocomplete": "new-password", "spellcheck": "false"}
    return forms.CharField(
        label=cast("str", label),
        required=required,
        max_length=200,
        help_text=cast("str", help_text),
        widget=forms.PasswordInput(attrs=attrs, render_value=False),
    )


class SetUpForm(forms.Form):
    """Everything that a first connection needs."""

    corp_id = forms.CharField(
        label=_("企业 ID"),
        max_length=64,
        help_text=_("企业微信后台「我的企业」页的最下面，以 ww 开头。"),
    )
    name = forms.CharField(
        label=_("企业名称"), max_length=60, help_text=_("客户在文章页上看到的名字。")
    )
    agent_id = forms.IntegerField(
        label=_("AgentId"), min_value=1, help_text=_("自建应用的详情页，例如 1000002。")
    )
    secret = _secret(
        _("Secret"), help_text=_("自建应用的详情页，点「查看」后在手机上看到。"), required=True
    )


class CorpForm(forms.Form):
    """How a corp is called, and how many mass messages a customer may get."""

    name = forms.CharField(label=_("企业名称"), max_length=60)
    mass_quota = forms.ChoiceField(
        label=_("客户接收群发的额度"),
        choices=MassQuota.choices,
        help_text=_("和企业微信「群发助手 → 群发规则」里的设置保持一致。"),
    )


class AppForm(forms.Form):
    """An app with its secret and callback keys; empty secrets stay as they are."""

    slug = forms.SlugField(
        label=_("网址名称"),
        max_length=40,
        help_text=_("出现在回调 URL 里，例如 scrm 或 contacts；保存后不能改。"),
    )
    purpose = forms.ChoiceField(
        label=_("用途"),
        choices=AppPurpose.choices,
        help_text=_("通讯录同步只用来接收成员变更。"),
    )
    agent_id = forms.IntegerField(label=_("AgentId"), min_value=1, required=False)
    secret = _secret(_("Secret"), help_text=_("留空就保持不变。"))
    callback_token = forms.CharField(
        label=_("回调 Token"),
        max_length=32,
        required=False,
        help_text=_("留空就保持不变；新应用会自动生成。"),
    )
    aes_key = _secret(
        _("EncodingAESKey"), help_text=_("43 个字母或数字。留空就保持不变；新应用会自动生成。")
    )
    is_enabled = forms.BooleanField(label=_("启用"), required=False, initial=True)

    def __init__(self, *args: Any, app: App | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if app is not None:
            del self.fields["slug"]
            del self.fields["purpose"]
        else:
            self.fields["secret"].help_text = ""
            self.fields["secret"].required = True
