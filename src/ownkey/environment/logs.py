"""What the process writes to its log: one line an event, JSON unless somebody watches, never a secret."""

import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.dev import plain_traceback  # the pretty one would print local variables

from ownkey.environment.values import LogFormat, Logs

USUAL = Logs()

# Links that let somebody in carry their secret in the path, and Django logs paths.
_SECRET_PATHS = re.compile(r"/(set-up|invitations|password-reset)/[^/\s\"']+")
# Nothing logs a client key; should something ever do, its secret half does not get out.
_CLIENT_KEYS = re.compile(r"\bok_([a-z2-7]{12})_[a-z2-7]+")


def mask_secret_paths(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Return `event` with the secret part of set-up, invitation and reset links and client keys replaced."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _CLIENT_KEYS.sub(r"ok_\1_…", _SECRET_PATHS.sub(r"/\1/…", value))
    return event


def configure_structlog(logs: Logs = USUAL) -> None:
    """Let what structlog is given go the way of everything else that is logged."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_secret_paths,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        # What is below this level costs a call nothing.
        wrapper_class=structlog.make_filtering_bound_logger(logs.level.number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(logs: Logs = USUAL) -> dict[str, Any]:
    """Return Django's `LOGGING`."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_secret_paths,
    ]
    watched = sys.stderr.isatty() if logs.format is LogFormat.AUTO else logs.format is LogFormat.TEXT
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
            "ownkey": {"level": logs.level.name},
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            # A 4xx answer is the asker's affair and would fill the log; 5xx stay.
            "django.request": {"level": "ERROR"},
            # So is a made-up host, which Django would log as an error with a traceback each time.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
