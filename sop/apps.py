"""The app's registration."""

from django.apps import AppConfig


class SopConfig(AppConfig):
    name = "sop"
    verbose_name = "旅程"
