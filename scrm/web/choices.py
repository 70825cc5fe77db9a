"""States and kinds in the reader's language: their labels are Chinese in the models, lower down.

The rooms below know nothing of languages; their choices become lazy here, once, when all models are
loaded. `scrm.translations` finds the labels in the sources.
"""

from collections.abc import Iterator
from typing import Final

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy

# Where the labels, and every other message, come from.
ROOMS: Final = (
    "analytics",
    "campaigns",
    "common",
    "content",
    "customers",
    "org",
    "scrm",
    "sop",
    "touches",
    "wecom",
)


def translate_choices() -> None:
    """Make the labels of all our choices, and of the fields that use them, lazy translations."""
    for kind in _ours(models.Choices):
        for member in kind:
            if isinstance(member._label_, str):
                member._label_ = gettext_lazy(member._label_)
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in ROOMS:
            continue
        for field in model._meta.local_fields:
            if field.choices:
                field.choices = [
                    (value, gettext_lazy(label) if isinstance(label, str) else label)
                    for value, label in field.flatchoices
                ]


def _ours(kind: type[models.Choices]) -> Iterator[type[models.Choices]]:
    for below in kind.__subclasses__():
        if below.__module__.split(".")[0] in ROOMS:
            yield below
        yield from _ours(below)
