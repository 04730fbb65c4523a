"""How much is logged, and how: `OWNKEY_LOG_LEVEL` and `OWNKEY_LOG_FORMAT`."""

from ownkey.environment.values import LogFormat, LogLevel, Logs
from ownkey.environment.variables import Variables


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
