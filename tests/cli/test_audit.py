"""The record is proven, exported and shortened from the command line, as an operator and an auditor do it."""

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.command import Ownkey

PASSWORD = "four unrelated words"


@pytest.fixture
def ownkey(tmp_path: Path) -> Ownkey:
    """An installation with two people in it, which is two entries."""
    ownkey = Ownkey(tmp_path / "home", {})
    for name, *more in (("grace", "--admin"), ("ada",)):
        arguments = ("user", "add", f"{name}@acme.example", "--name", name, "--password-stdin", *more)
        assert ownkey(*arguments, given=PASSWORD).code == 0
    return ownkey


def tamper(ownkey: Ownkey, *statements: str) -> None:
    """Write to the database behind Ownkey's back."""
    with sqlite3.connect(ownkey.home / "ownkey.sqlite3") as database:
        for statement in ("DROP TRIGGER record_is_not_changed", "DROP TRIGGER record_is_not_removed"):
            database.execute(statement)
        for statement in statements:
            database.execute(statement)
    database.close()


def test_head_prints_one_line_that_verify_takes_back(ownkey: Ownkey, tmp_path: Path) -> None:
    line = ownkey("audit", "head").stdout
    assert line.count("\n") == 1
    told = ownkey("audit", "head", "--json")
    assert told.json["count"] == 2
    assert told.json["head"] == line.strip()
    assert ownkey("user", "suspend", "ada@acme.example").code == 0
    (tmp_path / "head.txt").write_text(line)
    (tmp_path / "head.json").write_text(told.stdout)
    for kept in (line.strip(), str(tmp_path / "head.txt"), str(tmp_path / "head.json")):
        ended = ownkey("audit", "verify", "--head", kept, "--json")
        assert (ended.code, ended.json["kept_head"], ended.json["entries"]) == (0, "on-chain", 3)
        assert ended.json["head"]["count"] == 3


def test_verify_tells_people_what_it_found(ownkey: Ownkey) -> None:
    whole = ownkey("audit", "verify")
    assert (whole.code, whole.stdout) == (
        0,
        "The record is whole: entries 1 to 2 are as they were written.\n",
    )
    tamper(ownkey, "UPDATE audit_entry SET subject = 'nobody' WHERE number = 1")
    broken = ownkey("audit", "verify")
    assert (broken.code, broken.stdout) == (1, "")
    assert "Entry 1 is not as it was written" in broken.stderr


def test_a_record_that_was_cut_short_is_betrayed_by_a_kept_head(ownkey: Ownkey) -> None:
    head = ownkey("audit", "head").stdout.strip()
    tamper(ownkey, "DELETE FROM audit_entry WHERE number = 2")
    assert ownkey("audit", "verify", "--json").code == 0
    ended = ownkey("audit", "verify", "--head", head, "--json")
    assert (ended.code, ended.json["whole"], ended.json["kept_head"]) == (1, False, "truncated")
    assert "cut short" in ended.stderr


@pytest.mark.parametrize("kept", ["no-such-file", "ownkey-record-head:1:nonsense"])
def test_what_is_no_head_is_misuse(ownkey: Ownkey, kept: str) -> None:
    ended = ownkey("audit", "verify", "--head", kept, "--json")
    assert ended.code == 2
    assert ended.json["error"] in {"head-file", "not-a-head"}


def test_export_prints_every_entry_with_its_proof(ownkey: Ownkey) -> None:
    lines = ownkey("audit", "export").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert [entry["number"] for entry in found] == [1, 2, 3]
    assert found[1]["subject"] == "ada@acme.example"
    assert found[2]["action"] == "record.exported"
    assert all(len(entry["hash"]) == len(entry["signature"]) == 64 for entry in found)


def test_export_as_csv_is_for_spreadsheets_and_holds_no_formula(ownkey: Ownkey) -> None:
    arguments = ("user", "add", "=cmd@acme.example", "--name", "Mallory", "--password-stdin")
    assert ownkey(*arguments, given=PASSWORD).code == 0
    rows = list(csv.DictReader(io.StringIO(ownkey("audit", "export", "--format", "csv").stdout)))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[2]["subject"] == "'=cmd@acme.example"


def test_export_is_narrowed_to_days(ownkey: Ownkey) -> None:
    assert ownkey("audit", "export", "--until", "2020-12-31").stdout == ""
    assert len(ownkey("audit", "export", "--since", "2020-01-01").stdout.splitlines()) == 4
    assert ownkey("audit", "export", "--format", "csv", "--json").code == 2


def test_prune_removes_nothing_where_nothing_is_old(ownkey: Ownkey) -> None:
    ended = ownkey("audit", "prune", "--before", "2020-01-01", "--json")
    assert (ended.code, ended.json["entries"]) == (0, 0)
    assert ownkey("audit", "verify", "--json").json["entries"] == 2


def test_prune_refuses_a_day_to_come_and_a_broken_record(ownkey: Ownkey) -> None:
    assert ownkey("audit", "prune", "--before", "2999-01-01", "--json").code == 2
    tamper(ownkey, "UPDATE audit_entry SET subject = 'nobody' WHERE number = 1")
    ended = ownkey("audit", "prune", "--before", "2020-01-01", "--json")
    assert (ended.code, ended.json["error"]) == (1, "record-broken")
