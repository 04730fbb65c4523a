"""The pretend Atlassian is killed at random moments: the last whole state opens, with all that was confirmed.

A few kills as a rule; `KILLS=200` in front of the command makes that many.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import psutil

from tests.cli.command import PATIENCE_S
from tests.sandbox_process import OPENER

KILLS = int(os.environ.get("KILLS", "4"))
MAKERS = 3
MAKE = json.dumps({"email": "ada@acme.example", "scopes": ["read:jira-user"], "label": "made"}).encode()


@contextmanager
def sandbox(file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command as the demo does; yield it with its address."""
    command = [sys.executable, "-m", "ownkey.cli.main", "sandbox", "--port", "0", "--keep", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listens at" in line, process.communicate()[1]
        yield process, line.rpartition(" ")[2].strip()
    finally:
        process.kill()
        process.communicate()


def make_tokens(url: str, confirmed: list[str]) -> None:
    """Make tokens until the other side is gone; those whose answer came are confirmed."""
    while True:
        try:
            with OPENER.open(f"{url}/_sandbox/tokens", MAKE, timeout=PATIENCE_S) as answer:
                confirmed.append(json.load(answer)["id"])
        except (OSError, HTTPException, ValueError):
            return


def ids_in(file: Path) -> set[str]:
    """Return the ids of the tokens in the file."""
    document = json.loads(file.read_bytes().partition(b"\n")[2])
    return {token[2]["id"] for _, token in document["tokens"][2]}


def test_what_was_confirmed_is_there_after_a_kill_at_any_moment(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"The moments come from the seed {seed}.")  # noqa: T201 shown when it fails
    moments = random.Random(seed)  # noqa: S311 moments are no secret
    file, confirmed = tmp_path / "sandbox.json", list[str]()
    for _ in range(KILLS):
        with sandbox(file) as (process, url):
            makers = [threading.Thread(target=make_tokens, args=(url, confirmed)) for _ in range(MAKERS)]
            for maker in makers:
                maker.start()
            time.sleep(moments.uniform(0, 0.5))
            process.kill()
            for maker in makers:
                maker.join(PATIENCE_S)
            process.wait(PATIENCE_S)
        assert set(confirmed) <= ids_in(file)
        assert not list(tmp_path.glob("*set-aside*")), "a kill damages nothing"
    with sandbox(file) as (process, url):
        assert set(confirmed) <= ids_in(file)
        assert process.poll() is None
    assert confirmed


def test_it_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'ownkey.cli.main', 'sandbox', '--port', '0']\n"
        f"command += ['--keep', r'{tmp_path}/w']\n"
        "child = subprocess.Popen([*command, '--while-stdin-is-open'], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    child = psutil.Process(int(starter.stdout.readline()))
    assert "listens at" in starter.stdout.readline()
    starter.kill()
    starter.communicate()
    assert child.pid not in {one.pid for one in psutil.wait_procs([child], timeout=PATIENCE_S)[1]}
