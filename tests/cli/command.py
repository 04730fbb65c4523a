"""Running `ownkey` as a person or a script does: a process with its arguments and its input alone."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.running import forks

PATIENCE_S = 60
# The second would have each of hundreds of processes compile everything anew.
LEFT_OUT = ("OWNKEY_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401 whatever the command printed
        """What stdout holds, which must be JSON and nothing else."""
        return json.loads(self.stdout)


@dataclass(frozen=True, slots=True)
class Ownkey:
    """The command with a data directory of its own, and none of the tester's environment."""

    home: Path
    variables: Mapping[str, str]

    def __call__(self, *arguments: str, given: str | bytes = b"", **variables: str) -> Ended:
        """Run the command to its end, in a forked process; `given` is its standard input."""
        environment = self.environment(**variables)
        if not forks.can_fork(environment):
            return self.from_scratch(*arguments, given=given, **variables)
        ended = forks.run(*arguments, environment=environment, given=_bytes(given), timeout_s=PATIENCE_S)
        return _checked(Ended(ended.returncode, ended.stdout, ended.stderr))

    def from_scratch(self, *arguments: str, given: str | bytes = b"", **variables: str) -> Ended:
        """Run the command to its end as an installed one is run: Python starts for it alone."""
        ended = subprocess.run(
            self.command(*arguments),
            input=_bytes(given),
            capture_output=True,
            env=self.environment(**variables),
            timeout=PATIENCE_S,
            check=False,
        )
        return _checked(Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode()))

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start the command and leave it running."""
        return subprocess.Popen(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(**variables),
            text=True,
        )

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line."""
        return [sys.executable, "-W", "error", "-m", "ownkey.cli.main", *arguments]

    def environment(self, **variables: str) -> dict[str, str]:
        """Return what the command finds in its environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
        return {**kept, "OWNKEY_HOME": str(self.home), **self.variables, **variables}


def _bytes(given: str | bytes) -> bytes:
    return given.encode() if isinstance(given, str) else given


def _checked(ended: Ended) -> Ended:
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended
