"""Django app configuration."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """The room `org`."""

    name = "org"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "员工与部门"
