"""Celery's door: one bell a pump. The body reads the clock and makes one call."""

from scrm.tasks import bells

__all__ = ["bells"]
