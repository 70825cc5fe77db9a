"""Fields of bodies that take exactly their type, and only what PostgreSQL can hold."""

import json
from typing import Any, Final

from django.core.validators import RegexValidator
from rest_framework import serializers

UNSTORABLE: Final = "NUL characters and lone surrogates cannot be stored."
BIGGEST_NUMBER: Final = 2**63 - 1


def is_storable(text: str) -> bool:
    """Say whether PostgreSQL's text can hold this."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


class StorableDictField(serializers.DictField):
    """A JSON object, without what PostgreSQL's text cannot hold."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what could not be stored.

        Raises:
            ValidationError: it holds a NUL character or a lone surrogate.
        """
        value = super().to_internal_value(data)
        text = json.dumps(value, ensure_ascii=False)
        if "\\u0000" in text or not is_storable(text):
            raise serializers.ValidationError(UNSTORABLE)
        return value


class LineField(serializers.CharField):
    """Text as it was sent: a number is none, nothing is cut off, and blank is empty or refused.

    Args:
        pattern: What it must look like, besides not being blank.
    """

    def __init__(self, *, pattern: str = r"\S", **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        if not self.allow_blank:
            self.validators.append(RegexValidator(pattern))

    def to_internal_value(self, data: Any) -> str:
        """Refuse what is no text, or could not be stored.

        Raises:
            ValidationError: it is of another type, or holds a lone surrogate.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        value: str = super().to_internal_value(data)
        if not is_storable(value):
            raise serializers.ValidationError(UNSTORABLE)
        return value


class FlagField(serializers.BooleanField):
    """True or false, and no word or number that may mean it."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse everything else.

        Raises:
            ValidationError: it is neither.
        """
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class NumberField(serializers.IntegerField):
    """A whole number, and no text that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse everything else.

        Raises:
            ValidationError: it is of another type.
        """
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)
