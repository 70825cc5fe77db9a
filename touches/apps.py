"""Django's entry for this room."""

from django.apps import AppConfig


class TouchesConfig(AppConfig):
    name = "touches"
    verbose_name = "触达"
