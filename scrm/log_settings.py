"""How everything is logged: one stream, structured, secrets taken out."""

from typing import Any


def configuration(log_format: str, level: str) -> dict[str, Any]:
    """Return Django's LOGGING for a format (`console` or `json`) and a level."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": "common.logs.formatter",
                "log_format": log_format,
            }
        },
        "filters": {"redact": {"()": "common.logs.Redact"}},
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["redact"],
            }
        },
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Its own handlers would write what ours write already.
            "django": {"handlers": [], "propagate": True},
            "axes": {"level": "WARNING"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
