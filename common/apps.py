"""Django app of the ground floor."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Technical tables that belong to no domain: the demo clock and the heartbeats."""

    name = "common"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "基础"
