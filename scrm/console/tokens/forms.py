"""The form of a new token."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from org.models import ApiToken, User
from org.services.accounts import may_grant

DAYS: Final = ((30, _("30 天")), (90, _("90 天")), (180, _("180 天")), (365, _("1 年")))
_USUAL_DAYS: Final = 90


class TokenForm(forms.Form):
    """What a token is for, whom it acts for, what it may do and for how long."""

    name = forms.CharField(
        label=_("名称"), max_length=64, help_text=_("写明用途，如“官网商城订单同步”。")
    )
    user = forms.ModelChoiceField(
        label=_("代表账号"),
        queryset=User.objects.none(),
        help_text=_("接口能做的不超过这个账号的权限和数据范围。"),
    )
    scopes = forms.MultipleChoiceField(
        label=_("范围"),
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiToken.Scope.CUSTOMERS_READ],
        help_text=_("只勾选需要的，越少越安全。"),
    )
    days = forms.TypedChoiceField(label=_("有效期"), choices=DAYS, coerce=int, initial=_USUAL_DAYS)

    def __init__(self, viewer: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [role for role in User.Role.values if may_grant(viewer, role)]
        accounts = User.objects.filter(is_active=True, role__in=roles)
        mine = User.objects.filter(pk=viewer.pk)
        field: Any = self.fields["user"]
        field.queryset = (accounts | mine).order_by("username")
        field.initial = viewer.pk

    def expires_at(self, now: datetime) -> datetime:
        """Return when the token ends."""
        return now + timedelta(days=self.cleaned_data["days"])
