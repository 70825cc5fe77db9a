"""Structured logs without secrets: one line an event, for people or as JSON."""

import logging
import re
from typing import Any, Final

import structlog

SECRET_PATTERN: Final = re.compile(
    r"(?i)((?:access_token|corpsecret|secret|msg_signature|ticket|code|token|password)"
    r"['\"]?\s*[=:]\s*['\"]?)([^&\s'\",}]{6,})"
)
PHONE_PATTERN: Final = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def redacted(text: str) -> str:
    """Return the text with secrets cut out and phone numbers masked."""
    return PHONE_PATTERN.sub(r"\1****\2", SECRET_PATTERN.sub(r"\1…", text))


class Redact(logging.Filter):
    """Cut secrets and phone numbers out of every record before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the message in place; never drop a record."""
        record.msg = redacted(record.getMessage())
        record.args = None
        return True


def _redact_event(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {
        name: redacted(value) if isinstance(value, str) else value for name, value in event.items()
    }


def formatter(log_format: str) -> logging.Formatter:
    """Make the formatter: `console` for people, `json` for machines."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_event,
            last,
        ],
    )
