"""How much is logged, and how: `OWNKEY_LOG_LEVEL` and `OWNKEY_LOG_FORMAT`."""

import logging
from dataclasses import dataclass
from enum import StrEnum

from ownkey.console.variables import Variables


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    """Every call through the gateway, too."""
    INFO = "info"
    WARNING = "warning"

    @property
    def number(self) -> int:
        """What Python's logging calls it."""
        return logging.getLevelNamesMapping()[self.value.upper()]


class LogFormat(StrEnum):
    """What a line of the log looks like."""

    AUTO = "auto"
    """Words where somebody watches at a terminal, JSON elsewhere."""
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Logs:
    """What the operator decides about the log."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.AUTO


def read_logs(variables: Variables) -> Logs:
    """Return what the environment says about the log."""
    level = variables.text("OWNKEY_LOG_LEVEL", LogLevel.INFO).lower()
    if level not in set(LogLevel):
        variables.mistakes.append("OWNKEY_LOG_LEVEL must be debug, info or warning.")
        level = LogLevel.INFO
    form = variables.text("OWNKEY_LOG_FORMAT", LogFormat.AUTO).lower()
    if form not in set(LogFormat):
        variables.mistakes.append("OWNKEY_LOG_FORMAT must be auto, json or text.")
        form = LogFormat.AUTO
    return Logs(LogLevel(level), LogFormat(form))
