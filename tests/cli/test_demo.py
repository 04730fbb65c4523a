"""`ownkey demo` starts both sides, says what to do first, skips nothing of the walk and leaves nothing."""

import re
import signal
import socket
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.cli.command import PATIENCE_S, Ownkey

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo and what it printed."""

    process: subprocess.Popen[str]
    guide: str

    def found(self, pattern: str) -> str:
        """Return what a pattern finds in the guide."""
        match = re.search(pattern, self.guide)
        assert match, self.guide
        return match[1]


@contextmanager
def running_demo(ownkey: Ownkey, *arguments: str) -> Iterator[Demo]:
    """Run the demo while the block lasts."""
    process = ownkey.start("demo", *arguments)
    assert process.stdout is not None
    guide = ""
    try:
        for line in process.stdout:
            guide += line
            if "ownkey check" in line or "check --site" in line:
                break
        assert guide, process.communicate()[1]
        yield Demo(process, guide)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)


def page(url: str) -> str:
    """Return a page."""
    with OPENER.open(url, timeout=PATIENCE_S) as answer:
        text: str = answer.read().decode()
        return text


def test_both_sides_answer_and_the_link_is_filled_in(ownkey: Ownkey) -> None:
    with running_demo(ownkey, "--port", "0", "--sandbox-port", "0") as demo:
        link = page(demo.found(r"(http://\S+/set-up/\S+)"))
        assert "Grace Hopper" in link
        assert "grace@acme.example" in link
        assert "Atlassian" in page(demo.found(r"A pretend Atlassian\s+(\S+)"))
        assert not ownkey.home.exists()


def test_nothing_of_the_walk_is_skipped(ownkey: Ownkey, tmp_path: Path) -> None:
    home = tmp_path / "kept"
    with running_demo(ownkey, "--port", "0", "--sandbox-port", "0", "--home", str(home)):
        pass

    database = sqlite3.connect(home / "ownkey.sqlite3")
    people = database.execute("SELECT email, is_administrator FROM people_user ORDER BY email").fetchall()
    accounts = database.execute("SELECT count(*) FROM connections_almaccount").fetchone()
    database.close()
    assert people == [("ada@acme.example", 0), ("bo@acme.example", 0)]
    assert accounts == (0,)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_both_sides_stop_and_the_data_is_gone(ownkey: Ownkey, tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with running_demo(
        Ownkey(ownkey.home, {"TMPDIR": str(temporary)}), "--port", "0", "--sandbox-port", "0"
    ) as demo:
        sandbox = psutil.Process(demo.process.pid).children()
        assert len(sandbox) == 1
        assert list(temporary.iterdir())
        demo.process.send_signal(number)
        demo.process.communicate(timeout=PATIENCE_S)

    assert not psutil.wait_procs(sandbox, timeout=PATIENCE_S)[1]
    assert list(temporary.iterdir()) == []


def test_ports_that_are_taken_are_replaced_and_that_is_said(ownkey: Ownkey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running_demo(ownkey, "--port", str(port), "--sandbox-port", str(port)) as demo:
            assert str(port) not in demo.found(r"Ownkey\s+(\S+)")
            demo.process.terminate()
            said = demo.process.communicate(timeout=PATIENCE_S)[1]

    assert f"Port {port} is taken, so port " in said
