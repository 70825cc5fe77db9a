"""Model fields that keep their value encrypted at rest (加密字段)."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from common import secrets


class EncryptedBytesField(models.BinaryField):  # type: ignore[type-arg] # generic only in stubs
    """Bytes kept as AES-256-GCM; the field's own label is bound in, so rows cannot be swapped."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        if value is None:
            return None
        return secrets.encrypt(bytes(value), place=self._place())

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> bytes | None:
        """Decrypt on the way back."""
        return None if value is None else secrets.decrypt(bytes(value), place=self._place())

    def _place(self) -> str:
        return f"{self.model._meta.label}.{self.name}"


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg] # generic only in stubs
    """Text kept as AES-256-GCM over its UTF-8 bytes."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        if value is None:
            return None
        return secrets.encrypt(str(value).encode(), place=self._place())

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        """Decrypt on the way back."""
        if value is None:
            return None
        return secrets.decrypt(bytes(value), place=self._place()).decode()

    def to_python(self, value: Any) -> Any:
        """Keep text as it is (forms and deserializers hand text over)."""
        return value

    def _place(self) -> str:
        return f"{self.model._meta.label}.{self.name}"
