"""The ways to Jira that the clients take, and running a client with the settings that Ownkey shows for it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ownkey.connections.client_settings import ClientSettings, settings_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.sandbox_process import Sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON = Path(os.environ.get("OWNKEY_CLIENTS_VENV", ROOT / ".venv-clients")) / "bin" / "python"
EMAIL, NAME = "ada@acme.example", "Ada Lovelace"
CLIENT_TAKES_AT_MOST_S = 120
FILE_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the sandbox's Jira: an address, and a secret that says who comes."""

    name: str
    address: str
    secret: str = field(repr=False)
    sandbox: Sandbox

    def settings(self, client: str) -> ClientSettings:
        """Return what Ownkey shows for a client."""
        shown = settings_for(address=self.address, key=self.secret, email=EMAIL)
        return next(settings for settings in shown if settings.name == client)

    def history(self, issue_key: str) -> list[dict[str, Any]]:
        """Return an issue's history as somebody else sees it, at Jira's own address."""
        token = self.sandbox.make_token("grace@acme.example")
        command = [
            "curl",
            "--silent",
            "--fail",
            "--config",
            "-",
            f"{self.sandbox.url}/rest/api/3/issue/{issue_key}/changelog",
        ]
        answer = run(command, given=f'user = "grace@acme.example:{token}"\n')
        values: list[dict[str, Any]] = json.loads(answer)["values"]
        return values


@dataclass(frozen=True, slots=True)
class File:
    """The file that each client uploads."""

    path: Path
    digest: str


def make_file(folder: Path) -> File:
    """Return a new file with bytes that no text has."""
    content = random.Random(folder.name).randbytes(FILE_BYTES)  # noqa: S311 - nothing secret
    path = folder / "receipt.bin"
    path.write_bytes(content)
    return File(path, hashlib.sha256(content).hexdigest())


def run(
    command: Sequence[str | Path],
    *,
    given: str = "",
    folder: Path = HERE,
    environment: dict[str, str] | None = None,
) -> str:
    """Run a client and return what it wrote; secrets go to it by standard input alone."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JIRA_"))
    }
    done = subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        cwd=folder,
        env=inherited | (environment or {}),
        timeout=CLIENT_TAKES_AT_MOST_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def last_line(output: str) -> dict[str, Any]:
    """Return what a driver found, which is the last line that it writes."""
    found: dict[str, Any] = json.loads(output.rstrip().rpartition("\n")[2])
    return found


def driver(name: str) -> str:
    """Return the text of a driver."""
    return (HERE / "drivers" / name).read_text("utf-8")


def require(path: Path) -> None:
    """Fail, and say what to do, where a client is not installed."""
    if not path.exists():
        pytest.fail(f"{path.name} is missing: make test installs the clients (scripts/install-clients).")
