"""Forms of passwords."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from org.models import User

MAX_CHARACTERS = 256


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    new_password1 = forms.CharField(max_length=MAX_CHARACTERS, strip=False)
    new_password2 = forms.CharField(max_length=MAX_CHARACTERS, strip=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Refuse what is weak, differs, or is the old one."""
        cleaned = super().clean() or {}
        first, second = cleaned.get("new_password1"), cleaned.get("new_password2")
        if not first or not second:
            return cleaned
        if first != second:
            self.add_error("new_password2", _("两次输入的密码不一致。"))
        if self.user.check_password(first):
            self.add_error("new_password1", _("新密码不能与当前密码相同。"))
        try:
            validate_password(first, self.user)
        except ValidationError as error:
            self.add_error("new_password1", error)
        return cleaned
