"""A key file is made once, whole and for its owner alone; whatever is wrong with it stops the start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ownkey.secret import Secret
from ownkey.vault.envelope import Context, open_envelope, seal
from ownkey.vault.errors import (
    CorruptKeyFileError,
    ExposedKeyFileError,
    KeyFileError,
    MissingKeyFileError,
    UnusableKeyFileError,
    VaultError,
)
from ownkey.vault.key_file import key_file_lock, load_key_file, load_or_create_key_file

ALICES = Context(table="credential", row_id="7", owner="alice", alm_account="acme", version=1)


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.json"


def test_a_key_file_is_made_for_its_owner_alone(key_path: Path) -> None:
    load_or_create_key_file(key_path)
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert key_path.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in key_path.parent.iterdir()] == ["keys.json"], "no draft is left"


def test_what_one_start_sealed_the_next_opens(key_path: Path) -> None:
    envelope = seal(Secret("sealed"), ring=load_or_create_key_file(key_path), context=ALICES)
    assert (
        open_envelope(envelope, ring=load_or_create_key_file(key_path), context=ALICES).reveal() == "sealed"
    )
    assert open_envelope(envelope, ring=load_key_file(key_path), context=ALICES).reveal() == "sealed"


def test_two_key_files_differ(tmp_path: Path) -> None:
    rings = [load_or_create_key_file(tmp_path / name / "keys.json") for name in ("alice", "bob")]
    assert rings[0].primary.material != rings[1].primary.material
    assert rings[0].primary.id != rings[1].primary.id


def test_processes_that_start_at_once_end_up_with_one_key(key_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from ownkey.vault.key_file import load_or_create_key_file\n"
        "sys.stdin.read()\n"
        "print(load_or_create_key_file(pathlib.Path(sys.argv[1])).primary.id)\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(key_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    ids = set()
    for process in processes:
        assert process.stdout is not None
        ids.add(process.stdout.read().strip())
        process.stdout.close()
        assert process.wait() == 0
    assert len(ids) == 1
    assert [path.name for path in key_path.parent.iterdir()] == ["keys.json"]


def test_the_loser_of_a_race_reads_the_winners_key(key_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    winner = load_or_create_key_file(key_path)
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    assert load_or_create_key_file(key_path).primary.id == winner.primary.id


def test_a_missing_key_file_is_not_replaced_when_one_is_expected(key_path: Path) -> None:
    with pytest.raises(UnusableKeyFileError, match="its disk is mounted"):
        load_key_file(key_path)
    key_path.parent.mkdir()
    with pytest.raises(MissingKeyFileError, match="put your copy"):
        load_key_file(key_path)
    assert not key_path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o620], ids=oct)
def test_a_key_file_that_others_can_use_is_refused(key_path: Path, mode: int) -> None:
    load_or_create_key_file(key_path)
    key_path.chmod(mode)
    with pytest.raises(ExposedKeyFileError, match="chmod 600"):
        load_or_create_key_file(key_path)


def test_a_key_is_not_made_where_others_can_write(key_path: Path) -> None:
    key_path.parent.mkdir()
    key_path.parent.chmod(0o777)
    with pytest.raises(ExposedKeyFileError, match="chmod 700"):
        load_or_create_key_file(key_path)
    assert not key_path.exists()


def _without(document: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in document.items() if key != name}


def _damage(content: bytes) -> dict[str, bytes]:
    document = json.loads(content)
    key = document["keys"][0]
    return {
        "empty": b"",
        "blank": b" \n",
        "cut": content[: len(content) // 2],
        "not-text": b"\xff\xfe\x00",
        "another-thing": b"[1, 2]",
        "a-number": b"7",
        "no-keys": json.dumps(document | {"keys": []}).encode(),
        "no-primary": json.dumps(_without(document, "primary")).encode(),
        "unknown-primary": json.dumps(document | {"primary": "another"}).encode(),
        "no-format": json.dumps(_without(document, "format")).encode(),
        "newer-format": json.dumps(document | {"format": 2}).encode(),
        "the-same-key-twice": json.dumps(document | {"keys": [key, key]}).encode(),
        "short-key": json.dumps(document | {"keys": [key | {"key": "c2hvcnQ="}]}).encode(),
        "no-base64": json.dumps(document | {"keys": [key | {"key": "***"}]}).encode(),
        "bad-time": json.dumps(document | {"keys": [key | {"created_at": "yesterday"}]}).encode(),
        "bad-id": json.dumps(document | {"primary": "a b", "keys": [key | {"id": "a b"}]}).encode(),
        "key-is-a-number": json.dumps(document | {"keys": [key | {"key": 7}]}).encode(),
        "key-is-a-list": json.dumps(document | {"keys": [[]]}).encode(),
        "huge": b"{" + b" " * 2**20 + b"}",
    }


KINDS_OF_DAMAGE = tuple(
    _damage(
        json.dumps({"format": 1, "primary": "x", "keys": [{"id": "x", "created_at": "", "key": ""}]}).encode()
    )
)


@pytest.mark.parametrize("kind", KINDS_OF_DAMAGE)
def test_a_damaged_key_file_is_refused_and_kept(key_path: Path, kind: str) -> None:
    load_or_create_key_file(key_path)
    content = key_path.read_bytes()
    damaged = _damage(content)[kind]
    key_path.write_bytes(damaged)
    with pytest.raises(CorruptKeyFileError) as refusal:
        load_or_create_key_file(key_path)
    assert json.loads(content)["keys"][0]["key"] not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert key_path.read_bytes() == damaged


def test_a_directory_in_its_place_is_refused(key_path: Path) -> None:
    key_path.mkdir(parents=True)
    with pytest.raises(KeyFileError):
        load_or_create_key_file(key_path)


def test_a_pipe_in_its_place_is_refused_at_once(key_path: Path) -> None:
    key_path.parent.mkdir(parents=True)
    os.mkfifo(key_path, 0o600)
    with pytest.raises(UnusableKeyFileError, match="a device, a pipe or a socket, where a file has to be"):
        load_or_create_key_file(key_path)


def test_a_directory_in_the_place_of_its_lock_is_named(key_path: Path) -> None:
    lock = key_path.with_name(f"{key_path.name}.lock")
    lock.mkdir(parents=True)
    with (
        pytest.raises(UnusableKeyFileError, match=f"{lock} is a directory, where a file has to be"),
        key_file_lock(key_path),
    ):
        pass


def test_a_file_in_the_directorys_place_is_refused(key_path: Path) -> None:
    key_path.parent.write_text("")
    with pytest.raises(KeyFileError):
        load_or_create_key_file(key_path)


def test_a_file_system_without_links_is_named(key_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: object, _target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(UnusableKeyFileError, match="hard links"):
        load_or_create_key_file(key_path)
    assert list(key_path.parent.iterdir()) == []


def test_every_error_has_a_code_of_its_own() -> None:
    def tree(error: type[VaultError]) -> list[type[VaultError]]:
        return [error, *(below for child in error.__subclasses__() for below in tree(child))]

    codes = [error.code for error in tree(VaultError)]
    assert len(set(codes)) == len(codes)
