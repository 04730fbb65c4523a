"""How a command says no: one sentence, a stable code, and an exit code that scripts rely on.

CommandError
├── FailedError                  it was asked for rightly and could not be done
└── MisuseError                  what was asked for makes no sense; nothing was done
    └── NothingSentError         a mistake in what a check was given, found before anything was sent
"""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    OK = 0
    FAILED = 1
    MISUSE = 2
    GAPS = 3
    REFUSED = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class CommandError(Exception):
    """The command ends with a sentence for a person. `code` is stable; the sentence may change."""

    exit_code = ExitCode.FAILED

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_json(self) -> Mapping[str, object]:
        """Return what `--json` prints in place of the answer."""
        return {"error": self.code, "message": self.message}


class FailedError(CommandError):
    """It could not be done."""


class MisuseError(CommandError):
    """The arguments, the input or the environment cannot be used."""

    exit_code = ExitCode.MISUSE


class NothingSentError(MisuseError):
    """A token, a site or a scope profile with a mistake in it: the check ends before it begins."""

    def as_json(self) -> Mapping[str, object]:
        """Return the error with all that a check's report has, so that its readers need to know only one."""
        return {
            **super().as_json(),
            "verdict": "refused",
            "reason": self.code.replace("-", "_"),
            "cloud_id": None,
            "identity": None,
            "scopes": [],
            "next_step": self.message,
        }
