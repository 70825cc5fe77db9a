"""Django app configuration."""

from django.apps import AppConfig


class ScrmConfig(AppConfig):
    """The shell: it has doors and commands, no tables."""

    name = "scrm"
    verbose_name = "微域 SCRM"
