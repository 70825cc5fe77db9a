"""Fields of the open API that take what PostgreSQL can hold, and nothing else."""

import json
from typing import Any, Final

from rest_framework import serializers

UNSTORABLE: Final = "NUL characters and lone surrogates cannot be stored."


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
    """One line of text, as it was sent: nothing is cut off around it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Refuse what could not be stored.

        Raises:
            ValidationError: it holds a lone surrogate.
        """
        value: str = super().to_internal_value(data)
        if not is_storable(value):
            raise serializers.ValidationError(UNSTORABLE)
        return value
