"""The doctor prints all its lines, whatever one of its examinations meets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError

from ownkey.console.doctor.examination import EXAMINATIONS, Examination, Examine, examine
from ownkey.console.doctor.findings import Finding, Verdict, fine
from ownkey.environment.process import current_environment
from ownkey.environment.reading import EnvironmentMistakesError, without_mistakes
from ownkey.environment.values import Environment
from tests.cli.command import Ended, Ownkey
from tests.faults.store import Store

SECRET = "p4ss-made-up"
pytestmark = pytest.mark.django_db(transaction=True)


def planted(_environment: Environment) -> Iterator[Finding]:
    """Find something, and then meet a fault whose words hold a secret."""
    yield fine("found-before", "It was found before the fault.")
    raise ValueError(f"could not use {SECRET}")


def well(check: str, _environment: Environment) -> list[Finding]:
    return [fine(check, "All is well.")]


def without_words(_environment: Environment) -> Iterator[Finding]:
    raise UnicodeEncodeError("ascii", SECRET, 0, 1, SECRET)


def of_the_database(_environment: Environment) -> Iterator[Finding]:
    raise OperationalError(SECRET)


def looked(examinations: list[Examination]) -> list[Finding]:
    return list(examine(current_environment(), examinations))


@pytest.mark.parametrize("broken", [one.check for one in EXAMINATIONS])
@pytest.mark.parametrize("fault", [planted, without_words], ids=["in the middle", "at once"])
def test_a_fault_in_one_examination_leaves_all_others_their_lines(broken: str, fault: Examine) -> None:
    given = [
        Examination(one.check, fault if one.check == broken else partial(well, one.check))
        for one in EXAMINATIONS
    ]
    found = looked(given)
    assert {one.check for one in found} >= {one.check for one in EXAMINATIONS}
    [line] = [one for one in found if one.verdict is Verdict.FAIL]
    assert line.check == broken
    assert ("ValueError" if fault is planted else "UnicodeEncodeError") in line.says
    assert SECRET not in f"{line.says} {line.next_step}"


@pytest.mark.parametrize("module", [
    "home", "database", "keys", "credentials", "schedule", "addresses", "mail",
])  # fmt: skip
def test_a_fault_planted_in_the_code_of_each_is_a_line_with_its_place(module: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.run("")
    plant = (
        f"import ownkey.console.doctor.{module} as m, ownkey.console.doctor.findings as f\n"
        f"def broken(*_a, **_n): raise RuntimeError({SECRET!r})\n"
        "m.fine = m.warn = m.fail = broken\n"
        "m.AlmAccount = type('Broken', (), {'objects': property(broken)})()\n"
    )
    ended = run_doctor(store, plant)
    assert ended.code == 1
    lines = {one["check"]: one for one in ended.json["findings"]}
    broken = [
        one for one in ended.json["findings"] if "RuntimeError" in one["says"] or "Error at" in one["says"]
    ]
    assert broken, ended.stdout
    assert f"at console/doctor/{module}.py, line" in broken[0]["says"]
    others = {"home", "database", "keys", "schedule", "atlassian", "mail"}
    gone = {"home": {"home"}, "addresses": {"atlassian"}}.get(module, {module})
    assert lines.keys() >= others - gone
    assert SECRET not in ended.stdout + ended.stderr


def run_doctor(store: Store, plant: str) -> Ended:
    program = (
        "import sys\n"
        "from ownkey.console import setup\n"
        "start = setup.start_for_examination\n"
        f"def plant(environment):\n    start(environment)\n    exec({plant!r}, {{}})\n"
        "setup.start_for_examination = plant\n"
        "from ownkey.cli.main import main\n"
        "sys.argv = ['ownkey', 'doctor', '--json']\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={
            **os.environ,
            **store.environment,
            "OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def test_a_database_that_does_not_answer_is_no_fault_of_the_examination() -> None:
    [finding] = looked([Examination("schedule", of_the_database)])
    assert finding.verdict is Verdict.WARN
    assert "the database above" in finding.next_step


CHECKS = {
    "home",
    "disk",
    "database",
    "migrations",
    "signing-key",
    "keys",
    "key",
    "schedule",
    "base-url",
    "mail",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("made") / "home")
    Ownkey(store.home, {})("init")
    return store


@pytest.fixture
def store(made: Store, tmp_path: Path) -> Store:
    return made.copy_to(tmp_path / "home")


def doctor(store: Store, **variables: str) -> tuple[Ended, dict[str, dict[str, str]]]:
    ended = Ownkey(store.home, {"OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:1"})(
        "doctor", "--json", **variables
    )
    return ended, {one["check"]: one for one in ended.json["findings"]}


@pytest.mark.parametrize("spoilt", ["directory", "pipe", "open", "short", "not text", "link"])
def test_a_signing_key_that_cannot_be_used_is_one_line_of_many(store: Store, spoilt: str) -> None:
    key = store.home / "signing.key"
    match spoilt:
        case "directory":
            key.unlink()
            key.mkdir(mode=0o700)
        case "pipe":
            key.unlink()
            os.mkfifo(key, 0o600)
        case "open":
            key.chmod(0o644)
        case "short":
            key.write_text("short")
        case "not text":
            key.write_bytes(b"\xff" * 60)
        case "link":
            key.unlink()
            key.symlink_to(store.home / "nowhere")
    ended, found = doctor(store)
    assert ended.code == 1
    assert found["signing-key"]["verdict"] == "fail"
    assert found.keys() >= CHECKS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OWNKEY_BASE_URL", SECRET),
        ("OWNKEY_MAIL_PORT", SECRET),
        ("OWNKEY_TRUSTED_SITES", SECRET),
        ("OWNKEY_WORKER", SECRET),
        ("OWNKEY_SECRET_KEY", SECRET),
        ("OWNKEY_KEY_PROVIDER", SECRET),
        ("OWNKEY_OIDC_ISSUER", SECRET),
        ("OWNKEY_SECRET_KEY_FILE", f"/nowhere/{SECRET}"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_of_many(store: Store, name: str, value: str) -> None:
    ended, found = doctor(store, **{name: value})
    assert ended.code == 1
    assert name in found["settings"]["says"]
    assert found.keys() >= CHECKS
    assert SECRET not in ended.stdout + ended.stderr


def test_what_no_variable_stands_for_is_told_and_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "relative")
    with pytest.raises(EnvironmentMistakesError, match="OWNKEY_HOME must be set"):
        without_mistakes({})


def test_a_fresh_installation_has_no_fault_but_that_atlassian_is_not_asked_here(store: Store) -> None:
    ended, found = doctor(store)
    assert {check for check, one in found.items() if one["verdict"] == "fail"} == {"atlassian"}, ended.stdout


@pytest.mark.parametrize("lock", ["ownkey.sqlite3.lock", "in-use.lock"])
def test_a_directory_in_the_place_of_a_lock_is_named(store: Store, lock: str) -> None:
    place = store.home / lock
    place.unlink(missing_ok=True)
    place.mkdir()
    ended = Ownkey(store.home, {"OWNKEY_ATLASSIAN_API_URL": "http://127.0.0.1:1"})("serve", "--port", "0")
    assert ended.code == 1
    assert f"{place} is a directory, where a file has to be." in ended.stderr
