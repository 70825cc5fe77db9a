"""Django app of the gateway."""

from django.apps import AppConfig


class WecomConfig(AppConfig):
    """Corps, apps, token leases, limits and callback receipts."""

    name = "wecom"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "企业微信网关"
