"""A full disk, a real one: refused with a sentence, nothing lost, and it goes on without a restart.

The disk is a small one in memory, mounted within a namespace of its own. Where a container lets nobody mount,
no file of Ownkey's may grow instead (RLIMIT_FSIZE), which fails each write where a full disk would.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 300
MOUNT = ("unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt")
COMMANDS = ("connect", "rotate", "backup", "person", "prune")


def way_to_fill() -> str:
    """Return `tmpfs` where it may be mounted, else `limit`."""
    try:
        ended = subprocess.run(MOUNT, capture_output=True, check=False, timeout=60)
    except OSError:
        return "limit"
    return "tmpfs" if ended.returncode == 0 else "limit"


def lived_through(way: str, place: Path) -> dict[str, Any]:
    program = [sys.executable, "-W", "error", "-m", "tests.faults.small_disk", way, str(place)]
    ended = subprocess.run(
        ["unshare", "-rm", *program] if way == "tmpfs" else program,
        env={name: value for name, value in os.environ.items() if not name.startswith("OWNKEY_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, record_testsuite_property: Any) -> dict[str, Any]:  # noqa: ANN401 pytest has no type for it
    way = way_to_fill()
    record_testsuite_property("full disk", way)
    return lived_through(way, tmp_path_factory.mktemp("disk"))


def test_the_gateway_refuses_writes_and_reads_go_on(seen: dict[str, Any]) -> None:
    assert seen["before"] == [201, None]
    assert seen["write"] == [503, "not-recorded"]
    assert seen["read"] == [200, None]


def test_pages_can_be_read_and_say_why_nothing_is_saved(seen: dict[str, Any]) -> None:
    assert seen["page read"] == 200
    status, words = seen["page write"]
    assert status == 503
    assert "cannot save anything at the moment" in words
    assert "disk" in words
    assert "Nothing that was saved before is lost." in words
    assert seen["sign-in"] in {429, 503}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_end_with_a_sentence(seen: dict[str, Any], name: str) -> None:
    code, stdout = seen[name]
    if name == "prune":
        assert code == 0 or "disk" in json.loads(stdout)["message"]
        return
    assert code == 1
    told = json.loads(stdout)
    assert told["error"] in {seen["error"], "setup", "backup", "key_file_unusable"}
    assert any(word in told["message"] for word in ("disk", "space", "File too large")), told


def test_the_doctor_says_what_to_do(seen: dict[str, Any]) -> None:
    code, stdout = seen["doctor"]
    assert code == 1
    assert "takes no writes" in stdout
    assert seen["files"] == [], "no piece of a backup is left"


def test_with_room_again_everything_goes_on_without_a_restart(seen: dict[str, Any]) -> None:
    after = seen["after"]
    assert after["write"] == [201, None]
    assert after["read"] == [200, None]
    assert after["page write"] == 200
    assert {name: after[name] for name in COMMANDS} == dict.fromkeys(COMMANDS, 0)
    assert after["verify"] == 0
    assert after["tokens"][0] == 2, "both tokens are sealed with the newest key"
