"""What one process has seen refused, every process on the machine knows before it sends the next call."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from ownkey.gateway.store.refused_file import LOOKS_BETWEEN_CHECKS, Identity, RefusedFile
from tests.gateway.kit import ALICE, ALICES_CREDENTIAL, Client, FakeUpstream, Grants, build, json_answer

HERE: Identity = (1, 2)
MYSELF = "/jira/acme/rest/api/3/myself"
DEAD = json_answer(b'{"code":401,"message":"Unauthorized"}', status=401)
IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from ownkey.gateway.store.refused_file import RefusedFile
RefusedFile(Path(sys.argv[1]), database=lambda: (1, 2)).add("ada", 7)
"""


def opened(file: Path, database: Identity | None = HERE) -> RefusedFile:
    return RefusedFile(file, database=lambda: database)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.refused"


def test_what_another_process_adds_is_known_at_once(file: Path) -> None:
    mine = opened(file)
    assert not mine.holds("ada", 7)
    subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, str(file)], check=True)
    assert mine.holds("ada", 7)


def test_another_credential_and_another_version_are_not_held(file: Path) -> None:
    opened(file).add("ada", 7)
    later = opened(file)
    assert later.holds("ada", 7), "a process that starts later knows of it as well"
    assert not later.holds("ada", 8)
    assert not later.holds("grace", 7)


def test_another_database_in_its_place_counts_anew(file: Path) -> None:
    opened(file).add("ada", 7)
    assert not opened(file, database=(1, 3)).holds("ada", 7)


def test_the_file_tells_nobody_which_credential_it_is_about(file: Path) -> None:
    opened(file).add("ada", 7)
    assert b"ada" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_a_line_that_was_torn_by_a_full_disk_hides_no_other(file: Path) -> None:
    opened(file).add("ada", 7)
    with file.open("ab") as torn:
        torn.write(b"\n0123")
    mine = opened(file)
    mine.add("grace", 1)
    assert opened(file).holds("ada", 7)
    assert opened(file).holds("grace", 1)


def test_a_file_that_somebody_removed_is_made_anew(file: Path) -> None:
    one, other = opened(file), opened(file)
    assert not one.holds("ada", 7)
    assert not other.holds("ada", 7)
    file.unlink()
    other.add("ada", 7)
    for _ in range(LOOKS_BETWEEN_CHECKS):
        one.holds("grace", 1)
    assert one.holds("ada", 7)


def test_a_file_that_grew_too_large_begins_anew_and_the_newest_is_held(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ownkey.gateway.store.refused_file.FORGET_ABOVE_BYTES", 1000)
    writing, reading = opened(file), opened(file)
    for number in range(100):
        writing.add("ada", number)
        assert reading.holds("ada", number)
    assert file.stat().st_size <= 1100


def test_without_the_file_a_process_still_knows_what_it_saw_itself(tmp_path: Path) -> None:
    mine = opened(tmp_path / "no such folder" / "gateway.refused")
    mine.add("ada", 7)
    assert mine.holds("ada", 7)
    assert not mine.holds("grace", 1)


async def test_what_another_gateway_saw_refused_does_not_leave_and_is_reported_here_too(file: Path) -> None:
    first, second = FakeUpstream(DEAD), FakeUpstream()
    one = build(first, refusals=opened(file))
    assert (await Client(one).ask("GET", MYSELF)).status == 401
    known = Grants(ALICE)
    other = build(second, grants=known, refusals=opened(file))
    for _ in range(2):
        answer = await Client(other).ask("GET", MYSELF)
        assert (answer.status, answer.code) == (403, "credential-refused")
    await asyncio.sleep(0)
    assert not second.sent
    assert known.refused == [(ALICES_CREDENTIAL.credential_id, ALICES_CREDENTIAL.version)]
