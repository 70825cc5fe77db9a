"""Conditions that Django's query language has no word for."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, Func, QuerySet


def any_of(field: str, values: QuerySet[Any, Any]) -> Func:
    """Return the condition that a field is one of these values: `field = ANY(ARRAY(SELECT …))`.

    Unlike `field__in` it is never made a join: the values are read once, then looked up by the
    field's index. A long list ordered by its newest rows would else be walked in the hope that some
    of them belong here.

    Args:
        values: A query of one column.
    """
    return Func(
        F(field),
        ArraySubquery(values),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )
