"""As the first process of a container, Ownkey ends when it is asked to, from its first moment on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Ownkey

PATIENCE_S = 120.0
TERM = 1 << (signal.SIGTERM - 1)
ALONE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
BEGINS = [sys.executable, "-c", "from ownkey.cli.beginning import main; main()"]


def may_be_first() -> bool:
    """Return whether a process can be the first of a namespace here."""
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not may_be_first(), reason="no namespace of processes can be made here")


def child_of(process: subprocess.Popen[bytes]) -> int | None:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(text[0]) if text else None


def catches_term(number: int) -> bool:
    for line in Path(f"/proc/{number}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) & TERM)
    return False


def wait_until_it_listens_to_signals(process: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert process.poll() is None, "It has ended."
        child = child_of(process)
        if child is not None and catches_term(child):
            return child
        time.sleep(0.01)
    raise AssertionError("It never listens.")


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*ALONE, *BEGINS, "serve", "--port", "0"],
        env=Ownkey(tmp_path / "home", {}).environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate()


def test_asked_to_stop_while_it_starts_it_stops(serving: subprocess.Popen[bytes]) -> None:
    os.kill(wait_until_it_listens_to_signals(serving), signal.SIGTERM)
    assert serving.wait(PATIENCE_S) == 128 + signal.SIGTERM


def test_asked_to_stop_while_it_serves_it_ends_in_good_order(serving: subprocess.Popen[bytes]) -> None:
    child = wait_until_it_listens_to_signals(serving)
    assert serving.stderr is not None
    for line in serving.stderr:
        if b"Ownkey is at" in line:
            break
    os.kill(child, signal.SIGTERM)
    assert serving.wait(PATIENCE_S) in {0, 128 + signal.SIGTERM}, "the latter if it was not serving yet"


def test_what_listens_to_signals_is_loaded_before_everything_else() -> None:
    code = (
        "import sys; here = set(sys.modules); import ownkey.cli.beginning; print(*sys.modules.keys() - here)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.split())
    assert "ownkey.cli.beginning" in loaded
    assert not loaded & {"typing", "typer", "django", "aiohttp", "asyncio", "logging"}
    assert {name for name in loaded if name.startswith("ownkey")} == {
        "ownkey",
        "ownkey.cli",
        "ownkey.cli.beginning",
    }


def test_the_command_and_the_guide_to_containers_begin_there() -> None:
    root = Path(__file__).parents[2]
    assert 'ownkey = "ownkey.cli.beginning:main"' in (root / "pyproject.toml").read_text()
    guide = (root / "docs/how-to/run-in-a-container.md").read_text()
    assert "docker run --init" in guide
    assert "init: true" in guide
