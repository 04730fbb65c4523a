"""What SECURITY.md and the ASVS page say is held by tests, is: each test that they name exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
DOCUMENTS = ("SECURITY.md", "docs/explanation/asvs.md")


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the test functions in a file, those in classes included."""
    file = ROOT / path
    assert file.is_file(), f"{path} has gone."
    tree = ast.parse(file.read_text("utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_exists(document: str) -> None:
    named = NAMED.findall((ROOT / document).read_text("utf-8"))
    assert named
    gone = [f"{path}::{name}" for path, name in named if name not in names_in(path)]
    assert gone == []


def test_every_mitigation_names_a_test() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    threats = text.partition("## Attackers, paths, and what holds")[2].partition("## What it does not")[0]
    rows = [
        line
        for line in threats.splitlines()
        if line.startswith("|") and not line.startswith(("|---", "| Path"))
    ]
    assert len(rows) > 30
    assert [row for row in rows if not NAMED.search(row)] == []


def test_every_requirement_of_asvs_says_where_it_stands() -> None:
    text = (ROOT / DOCUMENTS[1]).read_text("utf-8")
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| (.*?) \| (.*?) \|", text, re.MULTILINE)
    assert len(rows) > 200
    assert {standing for _, _, standing in rows} == {"met", "not applicable", "gap"}
    numbers = [tuple(map(int, number.split("."))) for number, _, _ in rows]
    assert numbers == sorted(set(numbers))
