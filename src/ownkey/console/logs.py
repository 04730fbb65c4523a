"""What the process writes to its log: one line an event, JSON unless somebody watches, never a secret."""

import re
import sys
from typing import Any

import structlog
from structlog.dev import plain_traceback  # the pretty one would print local variables

# Links that let somebody in carry their secret in the path, and Django logs paths.
_SECRET_PATHS = re.compile(r"/(set-up|invitations|password-reset)/[^/\s\"']+")


def mask_secret_paths(_logger: object, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return `event` with the secret part of set-up, invitation and reset links replaced."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET_PATHS.sub(r"/\1/…", value)
    return event


def logging_config() -> dict[str, Any]:
    """Return Django's `LOGGING`."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_secret_paths,
    ]
    watched = sys.stderr.isatty()
    last = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback)
        if watched
        else structlog.processors.JSONRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared[:-1],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    mask_secret_paths,
                    last,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "ownkey": {"level": "INFO"},
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # A 4xx answer is the asker's affair and would fill the log; 5xx stay.
            "django.request": {"level": "ERROR"},
        },
    }
