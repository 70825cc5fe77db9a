"""Forms of accounts and roles."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from org.models import Staff, User
from org.services.accounts import AccountSpec, may_grant


class AccountForm(forms.Form):
    """Name, role and member of an account; `viewer` decides which roles may be given."""

    display_name = forms.CharField(label=_("显示名"), max_length=64)
    role = forms.ChoiceField(
        label=_("角色"),
        initial=User.Role.STAFF,
        help_text=_("换角色会让这个账号立即退出，重新登录后生效。"),
    )
    staff = forms.CharField(
        label=_("对应员工"),
        required=False,
        max_length=64,
        help_text=_("填企业微信账号；主管和员工按对应员工决定能看到哪些客户。"),
        widget=forms.TextInput(attrs={"list": "staff-choices", "autocomplete": "off"}),
    )
    email = forms.EmailField(label=_("邮箱"), required=False, max_length=254)

    def __init__(
        self, viewer: User, *args: Any, account: User | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["role"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            choice for choice in User.Role.choices if may_grant(viewer, choice[0])
        ]

    def clean_staff(self) -> Staff | None:
        """Find the member by userid, and see that they have no other account."""
        typed = self.cleaned_data["staff"].strip()
        if not typed:
            return None
        found = Staff.objects.select_related("user").filter(
            userid_folded=typed.lower(), left_at__isnull=True
        )
        staff = found.first()
        if staff is None:
            raise forms.ValidationError(_("通讯录里没有这位在职员工。"))
        owner = getattr(staff, "user", None)
        if owner is not None and owner != self.account:
            raise forms.ValidationError(_("这位员工已有账号，请先解除原来的对应关系。"))
        return staff

    def spec(self) -> AccountSpec:
        """Return what was filled in."""
        data = self.cleaned_data
        return AccountSpec(
            display_name=data["display_name"],
            role=data["role"],
            staff=data["staff"],
            email=data["email"],
        )


class NewAccountForm(AccountForm):
    """A new account: the name to sign in with besides."""

    username = forms.CharField(
        label=_("登录账号"),
        max_length=64,
        validators=[RegexValidator(r"^[\w.@+-]+$", _("只能用字母、数字和 . @ + - _。"))],
    )
    field_order = ("username", "display_name", "role", "staff", "email")

    def clean_username(self) -> str:
        """Refuse a name somebody has, in small or capital letters."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("这个登录账号已被使用。"))
        return name
