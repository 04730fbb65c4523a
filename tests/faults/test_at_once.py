"""Several who replace one token at once, and saves, rotations and a kill together: nothing is lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.faults.store import ADAS, CANDIDATE, SAVE, Store

ADA = "ada@acme.example"
TABS = 4

RACE = """
import sys
from ownkey.connections.errors import ReplacedMeanwhileError
from ownkey.connections.models import Candidate
from ownkey.connections.sealing import open_in

candidate = next(row for row in Candidate.objects.all() if open_in(row).reveal() == NEW)
print("ready", flush=True)
sys.stdin.readline()
try:
    exec(SAVE.replace("Candidate.objects.first()", "Candidate.objects.get(pk=candidate.pk)"))
except ReplacedMeanwhileError as error:
    print("told:", error.message)
else:
    print("saved")
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


def start(store: Store, code: str, **values: str) -> "subprocess.Popen[str]":
    named = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    return subprocess.Popen(
        [sys.executable, "-c", f"from ownkey.console.setup import prepare\nprepare()\n{named}{code}"],
        env={**os.environ, **store.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_tabs_that_replace_one_token_at_once_one_wins_and_the_others_are_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.seed()
    tokens = ["ATATT" + f"3x-tab-{number}-" + "k3y" * 20 for number in range(TABS)]
    for token in tokens:
        store.run(CANDIDATE, NEW=token)
    tabs = [start(store, RACE, NEW=token, SAVE=SAVE) for token in tokens]
    for tab in tabs:
        assert tab.stdout is not None
        assert tab.stdout.readline() == "ready\n"
    for tab in tabs:
        assert tab.stdin is not None
        tab.stdin.write("go\n")
        tab.stdin.flush()
    said = [tab.communicate()[0].strip() for tab in tabs]
    assert sorted(words.partition(":")[0] for words in said) == ["saved", *["told"] * (TABS - 1)]
    assert store.tokens()[f"Credential {ADA}"] == tokens[said.index("saved")]


def test_a_saver_killed_in_the_middle_of_rotations_loses_nothing_that_it_had_saved(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.seed()
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
