"""Forms over customers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.services.notes import MOST_CHARACTERS
from customers.services.views import NAME_CHARACTERS


class ViewForm(forms.Form):
    """Under what name a filter is saved."""

    name = forms.CharField(label=_("名称"), max_length=NAME_CHARACTERS, strip=True)
    is_shared = forms.BooleanField(
        label=_("共享给所有人"),
        required=False,
        help_text=_("每个人看到的仍是自己数据权限内的客户。"),
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        """Ask about sharing only where it is allowed."""
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]


class BulkForm(forms.Form):
    """What is to happen to whom: rows of the page, or all that match."""

    tag = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    everything = forms.BooleanField(required=False)
    address = forms.CharField(max_length=2_000, required=False)


class NoteForm(forms.Form):
    """A note; its number was made with the form, so that it is kept once."""

    text = forms.CharField(max_length=MOST_CHARACTERS + 1_000)
    note_id = forms.UUIDField()


class TagForm(forms.Form):
    """A tag that is put on, or taken off."""

    tag = forms.IntegerField(min_value=1, max_value=2**62)
    remove = forms.BooleanField(required=False)
