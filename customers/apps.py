"""Django app configuration."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The room `customers`."""

    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "客户"
