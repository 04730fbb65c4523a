"""A data directory on a volume: one that a group may write to, and one that nobody may write to."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.command import PATIENCE_S, Ended
from tests.other_users import may_mount, needs_root, open_place

NUMBER = 54321
"""A user without an entry in the system's list of users, as containers are started with."""
ROOTS_GROUP = 0
# The tests may lie where only root may read; what is written stays forbidden.
MAY_READ = ("--inh-caps", "-all,+dac_read_search", "--ambient-caps", "-all,+dac_read_search")
READ_ONLY = """
import os, subprocess, sys
place, *command = sys.argv[1:]
subprocess.run(["mount", "--bind", place, place], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
try:
    open(os.path.join(place, "trial"), "w").close()
except OSError as error:
    assert error.errno == 30, error
else:
    raise SystemExit("The mount takes writes.")
os.execv(command[0], command)
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "ownkey.cli.main", *arguments]


def variables(home: Path, **more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OWNKEY_", "HOME"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "OWNKEY_HOME": str(home), **more}


@dataclass(frozen=True)
class Volume:
    """A directory as an orchestrator mounts it: root owns it, and root's group may write to it."""

    place: Path

    def __call__(self, *arguments: str, home: Path, group: int = ROOTS_GROUP) -> Ended:
        """Run a command as a user without a name, who is in root's group (or in another)."""
        ended = subprocess.run(
            [*as_another(group), *command(*arguments)],
            env=variables(home),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)


def as_another(group: int = ROOTS_GROUP) -> list[str]:
    """Return what starts a program as the user without a name (setuid, setgid)."""
    return ["setpriv", "--reuid", str(NUMBER), "--regid", str(group), "--clear-groups", *MAY_READ]


def may_be_another() -> bool:
    """Return whether the tests' Python runs as another user here."""
    try:
        ended = subprocess.run(
            [*as_another(), *command("--version")], cwd="/", capture_output=True, check=False, timeout=60
        )
    except OSError:
        return False
    return ended.returncode == 0


@pytest.fixture
def volume() -> Iterator[Volume]:
    if not may_be_another():
        pytest.skip("No other user can be taken on here.")
    with open_place() as place:
        mounted = place / "volume"
        mounted.mkdir()
        os.chown(mounted, 0, ROOTS_GROUP)
        mounted.chmod(0o770)
        yield Volume(mounted)


@needs_root
def test_a_volume_of_the_group_is_used_by_a_directory_inside_it(volume: Volume) -> None:
    refused = volume("init", home=volume.place)
    assert refused.code == 1
    assert "chmod 700" not in refused.stderr, "this user may not, and root would shut it out"
    inside = volume.place / "ownkey"
    assert f"Set OWNKEY_HOME to a directory inside it, such as {inside}" in refused.stderr
    assert list(volume.place.iterdir()) == []

    made = volume("init", home=inside)
    assert made.code == 0, made.stderr
    status = inside.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (NUMBER, 0o700)
    listed = volume("user", "list", "--json", home=inside)
    assert listed.code == 0, listed.stderr


@needs_root
def test_the_doctor_advises_the_same_and_finds_no_fault_inside(volume: Volume) -> None:
    inside = volume.place / "ownkey"
    assert volume("init", home=inside).code == 0
    for home, verdict in ((volume.place, "fail"), (inside, "ok")):
        told = volume("doctor", "--json", home=home).json["findings"]
        (found,) = [one for one in told if one["check"] == "home"]
        assert found["verdict"] == verdict
        assert ("directory inside it" in found["next_step"]) is (verdict == "fail")


@needs_root
@pytest.mark.parametrize("mode", [0o2770, 0o777, 0o1777, 0o775], ids=["setgid", "open", "sticky", "readable"])
def test_whatever_lets_the_group_in_the_advice_is_a_directory_inside(volume: Volume, mode: int) -> None:
    volume.place.chmod(mode)
    refused = volume("init", home=volume.place)
    assert refused.code == 1
    assert "a directory inside it" in refused.stderr
    assert volume("init", home=volume.place / "ownkey").code == 0


@needs_root
@pytest.mark.parametrize("mode", [0o750, 0o700], ids=["group reads", "root alone"])
def test_where_the_group_may_not_write_the_owner_is_named(volume: Volume, mode: int) -> None:
    volume.place.chmod(mode)
    refused = volume("init", home=volume.place)
    assert refused.code == 1
    assert f"belongs to root; this process runs as user {NUMBER}" in refused.stderr
    assert f"chown {NUMBER} {volume.place}" in refused.stderr


@needs_root
def test_another_group_is_told_who_owns_it(volume: Volume) -> None:
    refused = volume("init", home=volume.place / "ownkey", group=NUMBER)
    assert refused.code == 1
    assert "belongs to root" in refused.stderr


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory that was written to before its file system takes no writes any more."""
    home = tmp_path_factory.mktemp("volume") / "home"
    ended = subprocess.run(command("init"), env=variables(home), capture_output=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return home


def read_only(place: Path, *arguments: str, home: Path) -> Ended:
    """Run a command that finds `place` mounted read-only: in a mount namespace of its own, for real."""
    if not may_mount():
        pytest.skip("Nothing can be mounted here.")
    ended = subprocess.run(
        ["unshare", "-rm", sys.executable, "-c", READ_ONLY, str(place), *command(*arguments)],
        env=variables(home),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    "arguments",
    [("user", "list"), ("init",), ("serve", "--port", "0"), ("gateway", "--port", "0"), ("worker", "--once")],
    ids=["list", "init", "serve", "gateway", "worker"],
)
def test_a_read_only_data_directory_is_called_that(written: Path, arguments: tuple[str, ...]) -> None:
    ended = read_only(written, *arguments, home=written)
    assert ended.code == 1
    assert "mounted read-only" in ended.stderr
    assert "Mount it so that it can be written to" in ended.stderr
    assert "by this user" not in ended.stderr


def test_the_doctor_calls_it_that_and_prints_every_line(written: Path) -> None:
    ended = read_only(written, "doctor", "--json", home=written)
    assert ended.code == 1
    told = {one["check"]: one for one in ended.json["findings"]}
    assert told["home"]["verdict"] == "fail"
    assert "mounted read-only" in told["home"]["says"]
    assert "Run this as" not in json.dumps(told)
    assert "backup" not in told["home"]["next_step"] + told["database"]["next_step"]
    assert {"home", "disk", "database", "signing-key", "keys", "base-url", "mail"} <= set(told)


def test_a_data_directory_that_cannot_be_made_there_is_told_the_same(written: Path) -> None:
    ended = read_only(written.parent, "init", home=written.parent / "new")
    assert ended.code == 1
    assert "mounted read-only" in ended.stderr
    assert "set OWNKEY_HOME" in ended.stderr


def test_with_writes_again_all_goes_on(written: Path) -> None:
    ended = subprocess.run(
        command("user", "list", "--json"),
        env=variables(written),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_a_demo_that_may_keep_nothing_there_is_told_the_same(written: Path) -> None:
    for home in (written, written.parent / "new"):
        ended = read_only(written.parent, "demo", "--home", str(home), "--port", "0", home=home)
        assert ended.code == 1
        assert "mounted read-only" in ended.stderr
