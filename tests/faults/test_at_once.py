"""Several who do the same thing at once: one wins or all agree, the others are told, nothing is lost."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.cli.command import PATIENCE_S, Ownkey
from tests.faults.store import ADAS, CANDIDATE, OPEN_ALL, SAVE, SAVED, VERIFY, Store

ADA = "ada@acme.example"
TABS = 4

WAIT = """
import sys
print("ready", flush=True)
sys.stdin.readline()
"""
REPLACE = f"""
from ownkey.connections.errors import ReplacedMeanwhileError
from ownkey.connections.models import Candidate
from ownkey.connections.sealing import open_in

candidate = next(row for row in Candidate.objects.all() if open_in(row).reveal() == NEW)
{WAIT}
try:
    exec(SAVE.replace("Candidate.objects.first()", "Candidate.objects.get(pk=candidate.pk)"))
except ReplacedMeanwhileError as error:
    print("told:", error.message)
else:
    print("saved")
"""
CHANGE_ACCOUNT = f"""
from ownkey import days
from ownkey.atlassian.sites import Site
from ownkey.connections import alm_accounts
from ownkey.connections.errors import ReplacedMeanwhileError
from ownkey.connections.models import AlmAccount
from ownkey.people.signed_in import AT_THE_COMMAND_LINE
from ownkey.scopes.profiles import PLANNING

account = AlmAccount.objects.get()
wanted = alm_accounts.Wanted(slug=account.slug, name=NAME, kind=account.kind, site=Site(account.site_url),
    cloud_id=None, profile=PLANNING, policy=account.policy, other_email_allowed=False,
    counts_from=days.today(), revision=account.revision)
{WAIT}
try:
    alm_accounts.save(wanted, None, account=account, actor=None, signed_in=AT_THE_COMMAND_LINE)
except ReplacedMeanwhileError as error:
    print("told:", error.message)
else:
    print("saved")
"""
ROTATE = f"""{WAIT}
from ownkey.console.key_rotation import rotate
from ownkey.vault.errors import KeyFileBusyError
try:
    print("done", rotate(actor="operator").is_new)
except KeyFileBusyError as error:
    print("told:", error)
"""
RESTORE = f"""
from dataclasses import replace
from pathlib import Path
from ownkey.environment.process import current_environment
from ownkey.console.backups.errors import BackupError
from ownkey.console.backups.restoring import restore_backup
home = Path(HOME)
there = replace(current_environment(), home=home, database_file=home / "ownkey.sqlite3")
{WAIT}
try:
    restore_backup(there, Path(SOURCE), key_file=None)
except BackupError as error:
    print("told:", error)
else:
    print("restored")
"""
REPLACE_LOST = f"""
from ownkey.environment.process import current_environment
from ownkey.console.lost_keys import replace_lost
{WAIT}
print("lost", len(replace_lost(current_environment(), actor="operator").unopenable.credentials))
"""
SAVE_FOR_EVER = """
import itertools
for number in itertools.count(1):
    NEW = f"{PREFIX}-{number}"
    exec(CANDIDATE)
    exec(SAVE)
    print(NEW, flush=True)
"""
ROTATE_AND_RETIRE = """
from ownkey.console.key_rotation import KeyInUseError, list_keys, retire, rotate
rotate(actor="operator")
for key in list_keys():
    if not key.is_in_use:
        try:
            retire(key.id, actor="operator")
        except KeyInUseError:
            pass  # the saver was quicker
"""


def start(store: Store, code: str, *, opened_by: str = "prepare", **values: str) -> "subprocess.Popen[str]":
    named = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    program = f"from ownkey.console import setup\nsetup.{opened_by}()\n{named}{code}"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **store.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def all_at_once(processes: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """Let processes that wait go on in the same moment; return what each said."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=PATIENCE_S)[0].strip() for process in processes]


def first_words(said: Sequence[str]) -> list[str]:
    return sorted(words.partition(":")[0] for words in said)


def seeded(tmp_path: Path) -> Store:
    store = Store(tmp_path / "home")
    store.seed()
    return store


def test_of_tabs_that_replace_one_token_at_once_one_wins_and_the_others_are_told(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    tokens = ["ATATT" + f"3x-tab-{number}-" + "k3y" * 20 for number in range(TABS)]
    for token in tokens:
        store.run(CANDIDATE, NEW=token)
    said = all_at_once([start(store, REPLACE, NEW=token, SAVE=SAVE) for token in tokens])
    assert first_words(said) == ["saved", *["told"] * (TABS - 1)]
    assert store.tokens()[f"Credential {ADA}"] == tokens[said.index("saved")]


def test_of_administrators_who_change_one_account_at_once_one_wins(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    names = [f"Acme {number}" for number in range(3)]
    said = all_at_once([start(store, CHANGE_ACCOUNT, NAME=name) for name in names])
    assert first_words(said) == ["saved", "told", "told"], "nobody overwrites what they have not seen"
    name = store.run("from ownkey.connections.models import AlmAccount; print(AlmAccount.objects.get().name)")
    assert name.strip() == names[said.index("saved")]


def test_rotations_at_once_make_one_key_each_or_are_told(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    said = all_at_once([start(store, ROTATE) for _ in range(3)])
    assert set(first_words(said)) <= {"done True", "done False", "told"}
    assert "done True" in first_words(said)
    assert store.tokens() == SAVED
    (primary, *older) = store.keys()
    assert primary[3] == len(SAVED)
    assert len(older) == first_words(said).count("done True")


def test_of_restores_at_once_one_wins_and_the_database_is_whole(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    source, there = tmp_path / "a.backup", Store(tmp_path / "there")
    store.run(
        "from pathlib import Path\nfrom ownkey.environment.process import current_environment\n"
        "from ownkey.console.backups.making import make_backup\n"
        "make_backup(current_environment(), Path(SOURCE), with_keys=True, actor='operator')",
        SOURCE=str(source),
    )
    said = all_at_once([start(store, RESTORE, HOME=str(there.home), SOURCE=str(source)) for _ in range(3)])
    assert first_words(said) == ["restored", "told", "told"]
    assert all("overwr" in words for words in said if words != "restored"), said
    assert there.tokens() == SAVED
    assert not list(there.home.glob(".ownkey-*"))


def test_giving_up_lost_keys_at_once_makes_one_key(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    (store.home / "vault.key").unlink()
    racers = [start(store, REPLACE_LOST, opened_by="prepare_without_keys") for _ in range(3)]
    assert sorted(all_at_once(racers)) == ["lost 0", "lost 0", "lost 2"]
    assert store.run_all(OPEN_ALL, VERIFY) == [{}, None]
    assert len(store.keys()) == 1


def test_first_starts_at_once_make_one_installation(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    ownkey = Ownkey(store.home, {})
    racers = [ownkey.start("init") for _ in range(3)]
    said = [racer.communicate(timeout=PATIENCE_S)[1] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0], said
    assert len(store.keys()) == 1
    links = store.run("from ownkey.people.models import SetUpLink; print(SetUpLink.objects.count())")
    assert links.strip() == "1", "the newest link is the one that works"


def test_two_servers_on_one_data_directory_serve_the_same(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    with ExitStack() as ends:
        servers = [Ownkey(store.home, store.environment).start("serve", "--port", "0") for _ in range(2)]
        for server in servers:
            ends.callback(server.communicate, timeout=PATIENCE_S)
            ends.callback(server.terminate)
        for server in servers:
            assert server.stderr is not None
            line = next(line for line in server.stderr if "listening on" in line)
            until_ready(line.split("port ")[1].partition(")")[0])
        store.run(f"{CANDIDATE}\n{SAVE}", NEW=ADAS)
    assert store.tokens() == SAVED
    assert store.run_all(VERIFY) == [None]


def until_ready(port: str) -> None:
    """Return when a server says that it can serve."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE_S) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < until


def test_a_saver_killed_in_the_middle_of_rotations_loses_nothing_that_it_had_saved(tmp_path: Path) -> None:
    store = seeded(tmp_path)
    prefix = "ATATT" + "3x-loop"
    saver = start(store, SAVE_FOR_EVER, PREFIX=prefix, CANDIDATE=CANDIDATE, SAVE=SAVE)
    assert saver.stdout is not None
    assert saver.stdout.readline() == f"{prefix}-1\n"
    for _ in range(3):
        store.run(ROTATE_AND_RETIRE)
    saver.send_signal(signal.SIGKILL)
    last = int(saver.communicate()[0].splitlines()[-1].rpartition("-")[2])
    assert last > 3, "it went on saving"
    left = store.tokens()
    assert left[f"Credential {ADA}"] in {f"{prefix}-{last}", f"{prefix}-{last + 1}"}
    assert ADAS not in left.values()
    primary, *_older = store.keys()
    store.run("from ownkey.console.key_rotation import rotate; rotate(actor='operator')")
    assert store.tokens() == left
    assert primary[1]
