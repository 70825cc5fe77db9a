"""Filters of lists that refuse what they do not understand."""

from typing import Any

import django_filters  # type: ignore[import-untyped] # it ships no types
from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field

from scrm.api.v1.fields import BIGGEST_NUMBER


class _FlagField(forms.Field):
    """`true` or `false`, as a query spells them."""

    def to_python(self, value: Any) -> bool | None:
        """Read it; nothing said is None.

        Raises:
            ValidationError: it is another word.
        """
        if value is None:
            return None
        if value not in {"true", "false"}:
            raise ValidationError("true, or false.")
        return bool(value == "true")


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": BIGGEST_NUMBER})
class IdFilter(django_filters.NumberFilter):  # type: ignore[misc] # untyped base
    """A filter by the number of a row."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=BIGGEST_NUMBER, **kwargs)


class FlagFilter(django_filters.BooleanFilter):  # type: ignore[misc] # untyped base
    """A filter of `true` or `false`; any other word is refused, not ignored."""

    field_class = _FlagField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput)
        super().__init__(*args, **kwargs)
