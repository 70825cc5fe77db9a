"""What drf-spectacular is told of each operation besides what it finds by itself."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from scrm.api.v1.needs import Needs


class ApiSchema(AutoSchema):
    """Says of every operation which scopes and rights it needs."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the operation with what it needs as `x-scopes` and `x-rights`."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        side = "reads" if self.method in SAFE_METHODS else "writes"
        needs: Needs | None = getattr(self.view, side, None)
        if operation is not None and needs is not None:
            operation["x-scopes"] = [str(scope) for scope in needs.scopes]
            operation["x-rights"] = [str(right) for right in needs.rights]
        return operation
