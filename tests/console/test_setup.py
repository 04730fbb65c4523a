"""Getting ready makes keys and tables once, for their owner's eyes alone, and never starts without a key."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from ownkey.environment.signing import SigningKeyError, ensure_signing_key, read_signing_key
from ownkey.environment.values import Environment
from ownkey.secret import Secret
from tests.running import forks

PREPARE = "from ownkey.console.setup import prepare; print(prepare().home)"


def _environment(home: Path, **values: object) -> Environment:
    return Environment(home=home, database_file=home / "ownkey.sqlite3", **values)  # type: ignore[arg-type]


def _run(home: Path, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OWNKEY_")}
    return forks.run(code=code, environment={**clean, "OWNKEY_HOME": str(home), **environ}, timeout_s=60)


def test_makes_everything_for_its_owner_alone_and_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "data" / "ownkey"
    first = _run(home, PREPARE)
    assert first.returncode == 0, first.stderr
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {"signing.key", "vault.key", "ownkey.sqlite3"} <= modes.keys()
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    keys = {name: (home / name).read_bytes() for name in ("signing.key", "vault.key")}
    assert _run(home, PREPARE).returncode == 0
    assert keys == {name: (home / name).read_bytes() for name in keys}


def test_a_lost_vault_key_is_noticed_and_not_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert _run(home, PREPARE).returncode == 0
    (home / "vault.key").unlink()
    done = _run(home, PREPARE)
    assert done.returncode != 0
    assert "vault.key" in done.stderr
    assert "put your copy of it back" in done.stderr
    assert not (home / "vault.key").exists()


def test_the_database_is_in_wal_mode_and_syncs_fully(tmp_path: Path) -> None:
    code = (
        "from ownkey.console.setup import prepare; prepare()\n"
        "from django.db import connection\n"
        "cursor = connection.cursor()\n"
        "for name in ('journal_mode', 'synchronous', 'foreign_keys'):\n"
        "    print(cursor.execute(f'PRAGMA {name}').fetchone()[0])\n"
    )
    done = _run(tmp_path / "home", code)
    assert done.stdout.split() == ["wal", "2", "1"], done.stderr


def test_a_home_that_others_may_look_into_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    done = _run(tmp_path, PREPARE)
    assert done.returncode != 0
    assert f"chmod 700 {tmp_path}" in done.stderr


def test_mistakes_in_the_environment_are_told_by_name(tmp_path: Path) -> None:
    done = _run(tmp_path / "home", PREPARE, OWNKEY_BASE_URL="p4ss", OWNKEY_MAIL_PORT="p4ss")
    assert "OWNKEY_BASE_URL" in done.stderr
    assert "OWNKEY_MAIL_PORT" in done.stderr
    assert "p4ss" not in done.stderr


def test_the_pages_do_not_start_without_a_signing_key(tmp_path: Path) -> None:
    done = _run(tmp_path, "import ownkey.console.asgi")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_the_deployment_check_is_clean(tmp_path: Path) -> None:
    code = (
        "from ownkey.console.setup import prepare; prepare()\n"
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')\n"
    )
    done = _run(tmp_path / "home", code, OWNKEY_BASE_URL="https://ownkey.acme.example")
    assert done.returncode == 0, done.stderr


def test_no_model_waits_for_a_migration(tmp_path: Path) -> None:
    code = (
        "from ownkey.console.setup import prepare; prepare()\n"
        "from django.core.management import call_command\n"
        "call_command('makemigrations', check=True, dry_run=True)\n"
    )
    done = _run(tmp_path / "home", code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_environments_key_wins_over_the_file(tmp_path: Path) -> None:
    ensure_signing_key(_environment(tmp_path))
    assert read_signing_key(_environment(tmp_path, secret_key=Secret("k" * 40))) == "k" * 40


def test_a_signing_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    environment = _environment(tmp_path)
    ensure_signing_key(environment)
    environment.secret_key_file.chmod(0o640)
    with pytest.raises(SigningKeyError, match="chmod 600"):
        read_signing_key(environment)


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 60])
def test_a_damaged_signing_key_is_refused(tmp_path: Path, content: bytes) -> None:
    environment = _environment(tmp_path)
    environment.secret_key_file.write_bytes(content)
    environment.secret_key_file.chmod(0o600)
    with pytest.raises(SigningKeyError):
        ensure_signing_key(environment)


def test_a_signing_key_made_meanwhile_by_another_process_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = _environment(tmp_path)
    ensure_signing_key(environment)
    key = read_signing_key(environment)
    # As if this process had looked before the other one wrote.
    monkeypatch.setattr("ownkey.environment.signing.read_signing_key", lambda _environment: "")
    ensure_signing_key(environment)
    assert read_signing_key(environment) == key
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]
