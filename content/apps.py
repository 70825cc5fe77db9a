"""Django app configuration."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """The room `content`."""

    name = "content"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "素材"
