"""Every sentence that sends an operator to something that destroys is known here, with its proof.

A new one fails this test until it has a row, and its proof a test of its own.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src/ownkey"
TESTS = SRC.parents[1] / "tests"
DESTROYS = re.compile(
    r"ownkey restore|[Rr]estore (a|the|it from a) backup|replace-lost|keys-lost|move [^.]* (away|into an)|"
    r"[Rr]emove it to get|ownkey init|have every token replaced"
)
KNOWN = {
    # What names it: what proves that it is due, and the test of that.
    "database/words.py": (
        "PRAGMA integrity_check",
        "database/test_troubles.py::test_proven_damage_speaks_of_a_backup_and_keeps_what_is_there",
    ),
    "console/setup.py": (
        "no key file is there, or none of its keys opens what is stored",
        "vault/test_provider_faults.py::test_only_a_key_file_that_is_gone_or_opens_nothing_may_be_lost",
    ),
    "console/doctor/keys.py": (
        "a key that client keys and links need is not in the ring",
        "faults/test_lost_keys.py::test_nothing_starts_and_the_sentence_names_the_way",
    ),
    "console/lost_keys.py": (
        "keys by the right names sign and open nothing that is stored",
        "faults/test_lost_keys.py::test_keys_of_another_database_are_left_alone",
    ),
    "environment/signing.py": (
        "the file was read, and holds no key",
        "console/test_doctor_fences.py::test_a_signing_key_that_cannot_be_used_is_one_line_of_many",
    ),
    "console/doctor/home.py": (
        "others could enter the data directory and read vault.key, by the modes of both",
        "console/test_doctor.py::test_tokens_are_to_be_replaced_only_if_others_could_read_the_key",
    ),
    "vault/key_file.py": (
        "others could read the key file, by its mode",
        "vault/test_key_file.py::test_a_key_file_that_others_can_use_is_refused",
    ),
    "console/first_start.py": (
        "no database is there, and a key file, a lock or a journal of one is",
        "console/test_missing_database.py::test_a_database_that_is_gone_is_told_and_nothing_is_made",
    ),
    "console/nobody_here.py": (
        "nobody is in the database, and its record or its keys are older than that",
        "console/test_missing_database.py::test_a_database_that_lost_its_people_is_told",
    ),
    "console/doctor/database.py": (
        "no file is there, and nothing stands in the way of looking; init makes one and replaces none",
        "console/test_doctor.py::test_a_home_that_is_not_there_is_told",
    ),
    "console/backups/restoring.py": (
        "a restore was asked for, and something is in its way that it does not overwrite",
        "console/test_backup.py::test_a_restore_overwrites_nothing",
    ),
}
# Help, and answers to who asked for just that; and init, which makes what is missing and replaces nothing.
ASKED_FOR = {
    "cli/main.py", "cli/backup.py", "cli/keys.py", "cli/lost_keys.py", "cli/init.py", "cli/user.py",
    "cli/demo.py", "people/set_up.py", "environment/known_variables.py",
}  # fmt: skip


def sentences(tree: ast.Module) -> Iterator[str]:
    """Yield every text of a module that may be shown: all but docstrings."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def naming_modules() -> dict[str, list[str]]:
    """Return the modules with such a sentence, and what it is."""
    found: dict[str, list[str]] = {}
    for path in SRC.rglob("*.py"):
        name = path.relative_to(SRC).as_posix()
        if name.startswith(("sandbox/", "scopes/")):
            continue
        for text in sentences(ast.parse(path.read_text())):
            if DESTROYS.search(text):
                found.setdefault(name, []).append(text)
    return found


def test_every_place_that_names_a_remedy_that_destroys_is_known() -> None:
    found = naming_modules()
    assert {name: texts for name, texts in found.items() if name not in KNOWN.keys() | ASKED_FOR} == {}
    assert KNOWN.keys() - found.keys() == set(), "a row whose sentence is gone"


@pytest.mark.parametrize("test", [test for _proof, test in KNOWN.values()])
def test_its_proof_is_a_test(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}(" in (TESTS / file).read_text()
