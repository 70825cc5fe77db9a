"""The shell: settings, urls, Celery, the loop, and the doors over one shared floor."""

from scrm.celery import app as celery_app

__all__ = ["celery_app"]
